"""A month's site, one Chromium for all tests, and visitors that must not meet anything wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import archive
from tests.support.chromium import Visitor, Visitors, chromium, needs_chromium
from tests.support.serving import serve


def pytest_itemcollected(item: pytest.Item) -> None:
    """Skip a test that drives the browser where there is none."""
    if "browser" in getattr(item, "fixturenames", ()):
        item.add_marker(needs_chromium)


# Ended with these tests: while Playwright runs, no other code can start an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run the one Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive of a month."""
    return archive.publish_archive(tmp_path_factory.mktemp("archive"), archive.month())


@pytest.fixture(scope="package")
def site(public: Path) -> Iterator[str]:
    """Serve the archive, and return its address without a slash at its end."""
    with serve(public.parent) as served:
        yield served.url


@pytest.fixture
def visitors(browser: Browser, site: str) -> Iterator[Visitors]:
    """Return what makes visitors; when the test is done, none may have met anything wrong."""
    made = Visitors(browser, site)
    yield made
    made.leave()
    made.check()


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    """Return a visitor who chose English."""
    return visitors(language="en")
