"""No day, id or title makes a key or a path: whatever is published lies where it belongs."""

import re
from dataclasses import replace
from datetime import date
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given

from adapters import aws
from adapters.directory import DirectoryStore
from adapters.s3 import S3Store
from adapters.web import Answer, Web
from core import publish
from core.edition import payload
from core.model import keys
from core.model.errors import PaperboyError
from core.model.ports import Ports, Store
from core.model.report import Status
from core.model.style import PostStyle
from handler import bootstrap
from tests.fuzz.strategies import DAYS, ENTRIES, Entry, body, examples
from tests.fuzz.test_payloads import FOUND
from tests.support import fakes, site
from tests.support.fakes import DAY, FakeSource, MemoryBlog, MemoryStore

D, M, H = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d", "[0-9a-f]{16}"
KEY = re.compile(
    rf"daily/{D}\.(json|md|html)|monthly/{M}\.(json|md|html)|(index|search)/{M}\.json"
    rf"|votes/{D}\.json|(papers|votes)/month={M}/(papers|votes)\.jsonl\.gz|raw/{D}/{H}\.json\.gz"
    rf"|sitemap/({M}|pages)\.xml|static/\w+\.{H}\.\w+|schema/[a-z-]+\.v1\.json"
    r"|(index|search|about|404)\.html|(index|latest|feed|papers)\.json|latest\.md|(feed|papers)\.xml"
    r"|robots\.txt|sitemap\.xml"
)
PATH = re.compile(
    rf"_posts/{D}-(daily-papers|monthly-papers-summary)\.md|_data/papers/daily-{D}\.json"
)


def ports(entries: list[Entry], day: date, store: Store, blog: MemoryBlog) -> Ports:
    """Return the ports of a run with the real renderers."""
    made = fakes.ports(FakeSource({day: body(entries)}), MemoryStore(), blog=blog)
    return replace(
        made,
        store=store,
        renderer=lambda: bootstrap.renderer(PostStyle()),
        site=lambda: bootstrap.site("en", site.URL),
        feeds=lambda: bootstrap.feeds("en", site.URL),
    )


def run(entries: list[Entry], day: date, store: Store) -> MemoryBlog:
    """Publish a day, and return the blog that it went into."""
    blog = MemoryBlog()
    # By force, as the guard keeps the papers of another day out.
    report = publish.run(fakes.request(day, force=True), ports(entries, day, store, blog))
    (edition,) = report.editions
    assert edition.status in (Status.PUBLISHED, Status.FAILED)
    return blog


@pytest.mark.parametrize("name", FOUND)
def test_found_entries_keep_to_their_keys(name: str) -> None:
    check_keys(FOUND[name], DAY)


@examples(25)
@given(ENTRIES, DAYS)
def test_keys_and_paths_are_made_of_days_and_digests(entries: list[Entry], day: date) -> None:
    check_keys(entries, day)


def check_keys(entries: list[Entry], day: date) -> None:
    store = MemoryStore()
    blog = run(entries, day, store)
    assert all(map(KEY.fullmatch, store.objects))
    assert all(map(PATH.fullmatch, blog.files))
    try:
        payload.parse(payload.decode(body(entries), day))
    except PaperboyError:
        assert store.objects == {}
    else:
        assert keys.edition_json(day) in store.objects


@examples(6)
@given(ENTRIES, DAYS)
def test_a_directory_holds_all_that_is_published(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry], day: date
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    root = outside / "a" / "archive"
    run(entries, day, DirectoryStore(root))
    files = [path for path in outside.rglob("*") if path.is_file()]
    assert all(KEY.fullmatch(str(path.relative_to(root))) for path in files)


class Bucket:
    """An S3 that takes everything, and remembers under which addresses."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.hosts: set[str] = set()

    def send(self, _: Web, method: str, url: str, __: object, body: bytes) -> Answer:
        """Answer instead of a server."""
        place = urlsplit(url)
        self.hosts.add(place.netloc)
        key, etag = unquote(place.path).removeprefix("/"), {"etag": '"1"'}
        if method == "PUT":
            self.bodies[key] = body
        if key not in self.bodies:
            return Answer(404, {}, b"<Error><Code>NoSuchKey</Code></Error>", url)
        return Answer(200, etag, self.bodies[key], url)


@examples(6)
@given(ENTRIES, DAYS)
def test_a_bucket_holds_all_below_the_prefix(entries: list[Entry], day: date) -> None:
    bucket = Bucket()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Web, "send", lambda *asked: bucket.send(*asked))
        run(entries, day, S3Store(aws.service("s3"), "bucket", "a/b/", lambda: 60.0))
    assert bucket.hosts == {"bucket.s3.eu-central-1.amazonaws.com"}
    assert all(
        key.startswith("a/b/") and KEY.fullmatch(key.removeprefix("a/b/")) for key in bucket.bodies
    )
