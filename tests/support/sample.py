"""The bundled sample day, and the golden files that were made from it."""

from pathlib import Path

from core.edition import payload, ranking
from core.model.paper import Edition
from handler import bootstrap
from tests.support.fakes import DAY

ROOT = bootstrap.root()
PAYLOAD = ROOT / "events" / "sample" / "2025-12-24.json"
TEMPLATES = ROOT / "templates"
GOLDEN = Path(__file__).parents[1] / "golden"


def edition() -> Edition:
    """Return the sample's edition."""
    return Edition(DAY, ranking.rank(payload.parse(payload.decode(PAYLOAD.read_bytes(), DAY))))


def golden(name: str) -> str:
    """Return a golden file's text."""
    return (GOLDEN / name).read_text("utf-8")
