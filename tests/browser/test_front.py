"""The first screen: what a reader sees of an edition without scrolling, on all recorded days."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize

from core.edition import payload, ranking
from core.edition.vote_history import rising
from core.model.paper import Edition
from core.model.period import Neighbours
from core.model.style import SiteStyle
from core.render.site import SiteRenderer
from tests.support import recorded, sample, site
from tests.support.chromium import Visitors
from tests.support.papers import history
from tests.support.serving import serve_files

MOST_PAPERS = 6
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONES: tuple[ViewportSize, ...] = ({"width": 390, "height": 780}, {"width": 360, "height": 640})
HIGHEST_TITLE = 300
# Where the first title begins, and where each ends.
EDGES = """language => {
  document.documentElement.lang = language;
  const titles = document.querySelectorAll("ol.papers h2 a, ol.lines p > a:first-child");
  const boxes = [...titles].map(title => title.getBoundingClientRect());
  return [boxes[0].top, ...boxes.map(box => box.bottom)];
}"""


def editions() -> Iterator[Edition]:
    """Yield the recorded days, and the sample's papers on the day with the longest name."""
    for path in sorted((recorded.SHARED / "api").glob("????-??-??.json")):
        day = date.fromisoformat(path.stem)
        papers = ranking.rank(payload.parse(payload.decode(path.read_bytes(), day)))
        yield Edition(day, papers)
    made = sample.edition()
    yield Edition(date(2026, 9, 30), made.papers)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the home page and the edition's page of each day.

    Each day is there as a run finds it first, and as one does when many papers have risen.
    """
    place = tmp_path_factory.mktemp("front")
    renderer = SiteRenderer(sample.TEMPLATES, SiteStyle(), "")
    made = {
        **{key: body for key, body in renderer.fixed().items() if key.startswith("static/")},
        **{
            f"{edition.day}-{name}/{key}": body
            for edition in editions()
            for name, records in (("first", 1), ("later", 4))
            for key, body in rendered(renderer, edition, records).items()
        },
    }
    for key, body in made.items():
        path = place / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    for day in place.iterdir():
        if day.name != "static":
            (day / "static").symlink_to(place / "static")
    return place


def rendered(renderer: SiteRenderer, edition: Edition, records: int) -> dict[str, bytes]:
    """Return the pages of an edition after so many records of its votes."""
    counts = {paper.id: paper.votes or 0 for paper in edition.papers}
    votes = history(
        *(
            {one: count * part // records for one, count in counts.items()}
            for part in range(records)
        ),
        day=edition.day,
    )
    found = rising(votes)
    day = timedelta(days=1)
    near = Neighbours(edition.day - day, edition.day + day)
    days = [edition.day - day, edition.day]
    return {
        "index.html": renderer.home(
            edition, votes, days, site.spans(*days), [(edition, found)] if found else []
        ),
        f"daily/{edition.day}.html": renderer.edition(edition, votes, near),
    }


@pytest.fixture(name="site", scope="module")
def served(pages: Path) -> Iterator[str]:
    """Serve these pages."""
    with serve_files(pages) as url:
        yield url


def test_the_first_screen(visitors: Visitors, pages: Path) -> None:
    visitor = visitors("en")
    page = visitor.context.new_page()
    few: list[tuple[str, str, int]] = []
    low: list[tuple[str, str, int, float]] = []
    for path in sorted(pages.glob("*/**/*.html")):
        key = str(path.relative_to(pages))
        page.goto(f"{visitor.site}/{key}")
        for language, viewport in product(("en", "ko"), (DESKTOP, *PHONES)):
            page.set_viewport_size(viewport)
            top, *bottoms = page.evaluate(EDGES, language)
            seen = sum(bottom <= viewport["height"] for bottom in bottoms)
            if viewport is not DESKTOP:
                low += [(key, language, viewport["width"], top)] * (top >= HIGHEST_TITLE)
            elif path.name == "index.html" and seen < min(MOST_PAPERS, len(bottoms)):
                few.append((key, language, seen))
    assert few == []
    assert low == []
