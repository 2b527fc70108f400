"""The bundled sample day, and the golden files that were made from it."""

from pathlib import Path

from core.edition import payload, ranking
from core.model.paper import Edition
from tests.support.papers import DAY, NOW

ROOT = Path(__file__).parents[2]
PAYLOAD = ROOT / "events" / "sample" / "2025-12-24.json"
TEMPLATES = ROOT / "templates"
GOLDEN = Path(__file__).parents[1] / "golden"
# Says nothing, so that tests do not depend on what the repository's own file says.
EMPTY_CONFIGURATION = str(Path(__file__).with_name("empty.toml"))


def edition() -> Edition:
    """Return the sample's edition."""
    papers = payload.parse(payload.decode(PAYLOAD.read_bytes(), DAY))
    return Edition(DAY, ranking.rank(papers), updated_at=NOW)


def golden(name: str) -> str:
    """Return a golden file's text."""
    return (GOLDEN / name).read_text("utf-8")
