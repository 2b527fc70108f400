"""axe-core finds no serious barrier on any page, in either language and colours."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.archive import DAYS
from tests.browser.test_phone import OPEN_ALL
from tests.support.chromium import Visitors
from tests.support.recorded import REPOSITORY

AXE = REPOSITORY / "build" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter(({impact}) => ["serious", "critical"].includes(impact))
  .map(({id, nodes}) => [id, nodes.slice(0, 3).map(node => node.html.slice(0, 200))])"""
# Those that differ between the languages and colours; others are looked at in one of each.
KINDS = (
    "index.html",
    f"daily/{DAYS[-2]}.html",
    "monthly/2026-08.html",
    "search.html?q=model",
    "about.html",
    "404.html",
)

needs_axe = pytest.mark.skipif(
    not AXE.is_file() and os.environ.get("CI") != "true",
    reason="axe-core is not there: make test fetches it with npm",
)
pytestmark = needs_axe


def barriers(page: Page) -> list[Any]:
    """Return what axe-core finds on a page, with all opened that can be."""
    page.evaluate(OPEN_ALL)
    found: list[Any] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_kinds_of_pages(visitors: Visitors, language: str, colours: str) -> None:
    visitor = visitors(language=language, colours=colours)
    visitor.context.add_init_script(path=AXE)
    for path in KINDS:
        page = visitor.open(path)
        if path.startswith("search"):
            page.locator("#results > li").first.wait_for()
        assert (path, barriers(page)) == (path, [])


def test_all_other_pages(visitors: Visitors, public: Path) -> None:
    visitor = visitors()
    visitor.context.add_init_script(path=AXE)
    for file in sorted(public.rglob("*.html")):
        path = str(file.relative_to(public))
        if path not in KINDS:
            assert (path, barriers(visitor.open(path))) == (path, [])


def test_a_phone_too(visitors: Visitors) -> None:
    visitor = visitors(viewport={"width": 320, "height": 640}, is_mobile=True, has_touch=True)
    visitor.context.add_init_script(path=AXE)
    assert barriers(visitor.open()) == []
