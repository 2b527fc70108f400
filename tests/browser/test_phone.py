"""A phone: no page is wider than it, and nothing is cut off."""

from pathlib import Path

import pytest

from tests.support.chromium import Visitors

WIDTHS = (320, 360)
# All but pictures, which come from elsewhere.
OPEN_ALL = """document.querySelectorAll("details:not(:has(img, a[href^='https:']))")
  .forEach((details) => { details.open = true; })"""
# Elements that reach beyond the right edge, but those in a box that scrolls by itself.
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter(node => {
  const box = node.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && box.right > document.documentElement.clientWidth + 1;
}).map(node => `${node.tagName}.${node.className} ${node.textContent.slice(0, 40)}`)"""


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_page_scrolls_sideways(visitors: Visitors, public: Path, language: str) -> None:
    phone = visitors(
        language=language,
        viewport={"width": WIDTHS[0], "height": 640},
        is_mobile=True,
        has_touch=True,
    )
    page = phone.open()
    for path in sorted(public.rglob("*.html")):
        key = str(path.relative_to(public))
        page.goto(f"{phone.site}/{key}")
        page.evaluate(OPEN_ALL)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            assert (key, width, page.evaluate(TOO_WIDE)) == (key, width, [])
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_search_fits_a_phone(visitors: Visitors) -> None:
    phone = visitors(language="ko", viewport={"width": 320, "height": 640}, is_mobile=True)
    page = phone.open("search.html?q=model")
    page.locator("#results > li").first.wait_for()
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_text_is_large_enough_and_can_be_enlarged(visitors: Visitors) -> None:
    page = visitors(viewport={"width": 360, "height": 640}, is_mobile=True).open()
    content = page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "maximum-scale" not in content
    assert "user-scalable" not in content
    sizes = page.locator("main *").evaluate_all(
        "nodes => nodes.filter(n => n.innerText).map(n => parseFloat(getComputedStyle(n).fontSize))"
    )
    assert min(sizes) >= 12
