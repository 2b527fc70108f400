"""The function of docs/integrations.md that is started by an edition's event."""

import re
from pathlib import Path

from tests.support import sample

BLOCK = re.compile(r"```(yaml|python)\n(.*?)```", re.DOTALL)


def write(place: Path) -> Path:
    """Write the function and its template into a directory; return the template."""
    page = (sample.ROOT / "docs" / "integrations.md").read_text("utf-8")
    found = dict(BLOCK.findall(page))
    (place / "reader.py").write_text(found["python"], "utf-8")
    template = place / "reader.yaml"
    template.write_text(found["yaml"], "utf-8")
    return template
