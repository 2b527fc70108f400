"""Take the pictures of the README: the main pages of the bundled sample, and of no other day.

`python -m tests.browser.screenshots DIRECTORY`
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.browser.archive import Run, publish_archive
from tests.support import sample
from tests.support.chromium import Visitor, Visitors, chromium
from tests.support.papers import DAY
from tests.support.serving import serve

SAMPLE = Run(DAY, datetime(2025, 12, 24, 8, tzinfo=UTC), sample.PAYLOAD.read_bytes())
PAGES = {
    "home": "index.html",
    "edition": f"daily/{DAY}.html",
    "month": f"monthly/{DAY:%Y-%m}.html",
    "search": "search.html?q=video",
}
DESK = {"viewport": {"width": 1200, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
MOST_BYTES = 200_000


def main(directory: Path) -> None:
    """Write each picture into the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, picture in _pictures():
        if len(picture) >= MOST_BYTES:
            raise ValueError(f"{name}.png would have {len(picture):,} bytes")
        (directory / f"{name}.png").write_bytes(picture)


def _pictures() -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        publish_archive(place, [SAMPLE])
        with serve(place) as served, chromium() as browser:
            visitors = Visitors(browser, served.url)
            for colours in ("light", "dark"):
                visitor = visitors("en", colours, **DESK)
                for name, path in PAGES.items():
                    yield f"{name}-{colours}", _picture(visitor, path)
            yield "phone", _picture(visitors("en", "light", **PHONE), PAGES["home"])
            visitors.leave()
            visitors.check()


def _picture(visitor: Visitor, path: str) -> bytes:
    page = visitor.open(path)
    if "?" in path:
        page.locator("#results > li").first.wait_for()
    options: dict[str, Any] = {"animations": "disabled", "caret": "hide"}
    picture: bytes = page.screenshot(**options)
    return picture


if __name__ == "__main__":
    main(Path(sys.argv[1]))
