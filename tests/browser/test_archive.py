"""The archive's files hang together: pages are valid, links lead somewhere, nothing is lost."""

from collections import Counter

import pytest

from core.model import keys
from tests.browser import archive
from tests.support.command import tree
from tests.support.links import Links


@pytest.fixture(scope="module", params=["", "/archive/of-ours"], ids=["root", "below a path"])
def site_url(request: pytest.FixtureRequest) -> str:
    return f"{archive.SITE_URL}{request.param}"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, site_url: str) -> dict[str, bytes]:
    place = tmp_path_factory.mktemp("archive")
    return tree(archive.publish_archive(place, archive.month(), site_url))


@pytest.fixture(scope="module")
def links(files: dict[str, bytes], site_url: str) -> Links:
    return Links(files, site_url)


def test_every_page_is_valid_html(links: Links) -> None:
    errors = {key: page.errors for key, page in links.pages.items() if page.errors}
    assert errors == {}


def test_no_id_is_given_twice(links: Links) -> None:
    for key, page in links.pages.items():
        twice = [name for name, count in Counter(page.ids()).items() if count > 1]
        assert (key, twice) == (key, [])


def test_every_page_has_its_own_title_and_one_heading(links: Links) -> None:
    titles = Counter(page.text("title") for page in links.pages.values())
    assert [title for title, count in titles.items() if count > 1 or not title.strip()] == []
    for key, page in links.pages.items():
        assert (key, len(page.elements("h1"))) == (key, 1)


def test_every_internal_link_leads_somewhere(links: Links) -> None:
    assert links.broken() == []


def test_every_key_is_reachable_from_the_home_page(links: Links, files: dict[str, bytes]) -> None:
    public = {key for key in files if not key.startswith(keys.STATE)}
    # A server answers with that page where there is nothing.
    assert sorted(public - links.reachable()) == [keys.NOT_FOUND_PAGE]


def test_a_page_asks_other_hosts_for_nothing_by_itself(links: Links) -> None:
    for key, page in links.pages.items():
        loaded = [node.attrib.get("src") for node in page.elements("script", "iframe", "video")]
        loaded += [
            node.attrib.get("href")
            for node in page.elements("link")
            if node.attrib.get("rel") in ("stylesheet", "icon", "preload", "preconnect")
        ]
        assert (key, [src for src in loaded if src and "//" in src]) == (key, [])


def test_links_lead_to_https_or_into_the_site(links: Links) -> None:
    for key, page in links.pages.items():
        schemes = {link.partition(":")[0] for link in page.links() if ":" in link}
        assert (key, schemes - {"https"}) == (key, set())
