"""No day, id or title makes a key or a path, and no day at its limits makes a huge object."""

import re
from datetime import date

import pytest
from hypothesis import given
from moto import mock_aws

from adapters.aws_clients import client, forget_clients
from adapters.directory import DirectoryStore
from adapters.s3 import S3Store
from core import publish
from core.edition import limits, payload
from core.model import keys
from core.model.errors import PaperboyError
from core.model.ports import Store
from core.model.report import Status
from tests.fuzz.strategies import DAYS, ENTRIES, Entry, body, examples
from tests.fuzz.test_payloads import FOUND
from tests.support import fakes
from tests.support.fakes import FakeSource, MemoryBlog, MemoryStore
from tests.support.papers import DAY, entry

D, M, H = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d", "[0-9a-f]{16}"
KEY = re.compile(
    rf"(daily/{D}|weekly/\d{{4}}-W\d\d|monthly/{M})\.(json|md|html|html\.md|bib)"
    rf"|(search|state)/{M}\.json"
    rf"|votes/{D}\.json|papers/date={D}/papers\.jsonl\.gz|raw/{D}/{H}\.json\.gz"
    rf"|sitemap/({M}|pages)\.xml|static/\w+\.{H}\.\w+|schema/[a-z-]+\.v1\.json"
    r"|(index|search|about)\.html\.md|(index|search|about|404)\.html|latest\.md"
    r"|(index|latest|feed|papers|rising)\.json|(feed|papers|rising)\.xml|feeds\.opml|llms\.txt"
    r"|robots\.txt|sitemap\.xml|state/root\.json"
)
PATH = re.compile(
    rf"_posts/{D}-(daily-papers|monthly-papers-summary)\.md|_data/papers/daily-{D}\.json"
)
BUCKET, REGION = "papers", "eu-central-1"
# What grows most when it is escaped: a quote is five characters in HTML, and nine in Atom.
QUOTES = "'" * 120_000
LARGEST, WHOLE = 32 * 2**20, 128 * 2**20


def run(entries: list[Entry], day: date, store: Store) -> tuple[Status, MemoryBlog]:
    """Publish a day; return how it ended, and the blog that it went into."""
    blog = MemoryBlog()
    ports = fakes.ports(FakeSource({day: body(entries)}), store, blog=blog)
    # By force, as the guard keeps the papers of another day out.
    report = publish.run(fakes.request(day, force=True), ports)
    (edition,) = report.editions
    return edition.status, blog


@pytest.mark.parametrize("name", FOUND)
def test_found_entries_keep_to_their_keys(name: str) -> None:
    check_keys(FOUND[name], DAY)


@examples(25)
@given(ENTRIES, DAYS)
def test_keys_and_paths_are_made_of_days_and_digests(entries: list[Entry], day: date) -> None:
    check_keys(entries, day)


def check_keys(entries: list[Entry], day: date) -> None:
    store = MemoryStore()
    status, blog = run(entries, day, store)
    assert all(map(KEY.fullmatch, store.objects))
    assert all(map(PATH.fullmatch, blog.files))
    try:
        payload.parse(payload.decode(body(entries), day))
    except PaperboyError:
        assert (status, store.objects) == (Status.FAILED, {})
    else:
        assert status == Status.PUBLISHED
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


@examples(6)
@given(ENTRIES, DAYS)
def test_a_bucket_holds_all_below_the_prefix(entries: list[Entry], day: date) -> None:
    forget_clients()
    with mock_aws():
        s3 = client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        run(entries, day, S3Store(lambda: s3, BUCKET, "a/b/", lambda: 60.0))
        found = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
    assert all(key.startswith("a/b/") for key in found)
    assert all(KEY.fullmatch(key.removeprefix("a/b/")) for key in found)


@pytest.mark.parametrize("field", ["title", "summary"])
def test_a_day_at_its_limits_makes_no_large_files(field: str) -> None:
    count = limits.MOST_OF_A_DAY // (len(QUOTES) + 200)
    plain = {"summary": None, "title": "t"}
    store = MemoryStore()
    status, _ = run([entry(n, **{**plain, field: QUOTES}) for n in range(count)], DAY, store)
    assert status == Status.PUBLISHED
    sizes = [len(artifact.body) for artifact in store.objects.values()]
    assert max(sizes) < LARGEST
    assert sum(sizes) < WHOLE
