"""Sixty days as front pages and as editions: barriers, a phone, no scripts, and weight."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.edition.vote_history import rising
from core.model import keys
from core.model.period import MonthSpan
from core.model.votes import Rising
from core.render import json, votes
from handler import bootstrap
from handler.settings import Settings
from tests.browser import archive, test_barriers, test_phone
from tests.browser.archive import Run
from tests.support import recorded
from tests.support.chromium import Visitors
from tests.support.serving import serve

DAYS = 60
SCREEN = {"width": 1280, "height": 900}
PAPERS, BYTES, PACKED_BYTES = 40, 200_000, 60_000


def days() -> list[date]:
    """Return the recorded days, and weekdays before the newest of them that are made up."""
    found = {date.fromisoformat(path.name[:10]) for path in recorded.recorded_days()}
    day = max(found, default=date(2026, 8, 21))
    while len(found) < DAYS:
        if day.weekday() < 5:
            found.add(day)
        day -= timedelta(days=1)
    return sorted(found)


def runs(day: date) -> Iterator[Run]:
    """Yield a day's runs: every third day has a second one, with other votes."""
    first = archive.payload(day, "api", 0)
    yield Run(day, datetime.combine(day, archive.MORNING), first)
    if day.day % 3 == 0:
        later = archive.with_risers(first)
        yield Run(day, datetime.combine(day, archive.AFTERNOON), later)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of sixty days, with each day's front page as `front-D.html` beside it."""
    place = tmp_path_factory.mktemp("sixty")
    made = archive.publish_archive(place, (run for day in days() for run in runs(day)))
    settings = replace(Settings(store=""), site_url=archive.SITE_URL)
    renderer = bootstrap.site(settings.site, settings.site_url)
    for day in days():
        edition = json.read((made / keys.edition_json(day)).read_bytes())
        history = votes.read((made / keys.vote_history(day)).read_bytes())
        span = MonthSpan(day.replace(day=1), day, day, 1)
        rises: Rising | None = rising(history)
        found = [(edition, rises)] if rises else []
        (made / f"front-{day}.html").write_bytes(
            renderer.home(edition, history, [day], [span], found)
        )
    return made


@pytest.fixture(scope="module")
def site(public: Path) -> Iterator[str]:
    with serve(public.parent) as served:
        yield served.url


def each_front(page: Page, site: str) -> Iterator[date]:
    """Show the front page of each day."""
    for day in days():
        page.goto(f"{site}/front-{day}.html")
        yield day


def test_no_day_scrolls_sideways(visitors: Visitors, site: str) -> None:
    phone = {"width": 360, "height": 640}
    page = visitors("ko", viewport=phone, is_mobile=True, has_touch=True).open()
    wide = {}
    for day in each_front(page, site):
        if found := page.evaluate(test_phone.TOO_WIDE):
            wide[str(day)] = found
    assert wide == {}


@test_barriers.needs_axe
@pytest.mark.parametrize(
    ("language", "colours", "turn"), [("en", "light", 0), ("ko", "dark", 1), ("en", "dark", 2)]
)
def test_no_day_has_barriers(visitors: Visitors, language: str, colours: str, turn: int) -> None:
    """The front page of each day is examined once, and the edition of every third day."""
    visitor = visitors(language, colours, viewport=SCREEN)
    visitor.context.add_init_script(path=test_barriers.AXE)
    page = visitor.open()
    found = {}
    for number, day in enumerate(days()):
        paths = [f"front-{day}.html"] if number % 3 == turn else []
        paths += [keys.edition_page(day)] if number % 9 == turn else []
        for path in paths:
            page.goto(f"{visitor.site}/{path}")
            if barriers := test_barriers.barriers(page):
                found[path] = barriers
    assert found == {}


def test_without_scripts_all_papers_are_there(browser: Browser, site: str, public: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for day in each_front(page, site):
        papers = json.read((public / keys.edition_json(day)).read_bytes()).papers
        assert page.locator(".papers > li, .lines > li").count() == len(papers)
    context.close()


def test_pages_are_light(public: Path) -> None:
    heavy = {}
    for day in days():
        papers = len(json.read((public / keys.edition_json(day)).read_bytes()).papers)
        for path in (keys.edition_page(day), f"front-{day}.html"):
            page = (public / path).read_bytes()
            sizes = len(page), len(gzip.compress(page))
            most = BYTES, PACKED_BYTES
            if papers <= PAPERS and any(
                size > limit for size, limit in zip(sizes, most, strict=True)
            ):
                heavy[path] = papers, sizes
    assert heavy == {}
