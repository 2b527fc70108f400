"""The use case on fakes: what is published, in which order, and what is left alone."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest

from core import publish
from core.model import keys
from core.model.errors import PayloadError, SourceUnavailable, StoreError
from core.model.objects import Artifact, StoredObject
from core.model.ports import Renderer, Value
from core.model.report import RunReport, Status
from core.render import json
from tests.support.fakes import DAY, FakeSource, MemoryStore, answer, entry, ports, request

YESTERDAY = DAY - timedelta(days=1)
TWO = answer(entry(1), entry(2))
TWO_LATER = answer(entry(1, upvotes=9), entry(2))
RAW = f"raw/{DAY}/{sha256(TWO).hexdigest()[:16]}.json.gz"
STYLE_SHEET = keys.static("site.css", "0" * 64)
OF_THE_DAY = [RAW, "daily/2025-12-24.json", "votes/2025-12-24.json", "daily/2025-12-24.md"]
# The month's index tells that these are up to date, by its digests.
ROWS = ["papers/month=2025-12/papers.jsonl.gz", "votes/month=2025-12/votes.jsonl.gz"]
ALL_KEYS = [
    *OF_THE_DAY,
    "schema/edition.v1.json",
    "about.html",
    STYLE_SHEET,
    "monthly/2025-12.json",
    *ROWS,
    "daily/2025-12-24.html",
    "index/2025-12.json",
    "monthly/2025-12.md",
    "monthly/2025-12.html",
    "sitemap/2025-12.xml",
    "search/2025-12.json",
    "index.json",
    "feed.json",
    "papers.json",
    "feed.xml",
    "papers.xml",
    "latest.json",
    "latest.md",
    "sitemap.xml",
    "index.html",
]
# The root index tells that these are there, by its release.
FIXED = ["schema/edition.v1.json", "about.html", STYLE_SHEET]


def run(store: MemoryStore, body: bytes, **options: bool) -> RunReport:
    return publish.run(request(**options), ports(FakeSource({DAY: body}), store))


def published(body: bytes = TWO) -> MemoryStore:
    """Return a store in which the day's edition was made from `body`."""
    store = MemoryStore()
    run(store, body)
    store.puts.clear()
    store.gets.clear()
    return store


def titles(store: MemoryStore, key: str = "daily/2025-12-24.json") -> list[str]:
    return [paper.title for paper in json.read(store.objects[key].body).papers]


def test_a_first_run_publishes_everything_in_the_order_of_links() -> None:
    store = MemoryStore()
    report = run(store, TWO)
    (edition,) = report.editions
    assert (edition.status, edition.papers, edition.reason) == (Status.PUBLISHED, 2, None)
    assert store.puts == ALL_KEYS
    assert [change.key for change in edition.changes + report.changes] == ALL_KEYS
    assert titles(store) == titles(store, "latest.json") == ["Paper 2", "Paper 1"]
    assert store.objects["latest.md"].body == b"Paper 2\nPaper 1"
    assert gzip.decompress(store.objects[RAW].body) == TWO
    assert store.objects[RAW].body[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


FOR_EVER = "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("key", "media_type", "cache_control"),
    [
        (RAW, "application/gzip", "public, max-age=3600"),
        (STYLE_SHEET, "text/css; charset=utf-8", FOR_EVER),
        ("daily/2025-12-24.json", "application/json; charset=utf-8", "public, max-age=3600"),
        ("daily/2025-12-24.md", "text/markdown; charset=utf-8", "public, max-age=3600"),
        ("daily/2025-12-24.html", "text/html; charset=utf-8", "public, max-age=3600"),
        ("index/2025-12.json", "application/json; charset=utf-8", "public, max-age=3600"),
        ("sitemap/2025-12.xml", "application/xml; charset=utf-8", "public, max-age=3600"),
        ("latest.json", "application/json; charset=utf-8", "public, max-age=300"),
        ("latest.md", "text/markdown; charset=utf-8", "public, max-age=300"),
        ("index.json", "application/json; charset=utf-8", "public, max-age=300"),
        ("index.html", "text/html; charset=utf-8", "public, max-age=300"),
        ("feed.json", "application/feed+json", "public, max-age=300"),
        ("papers.xml", "application/atom+xml", "public, max-age=300"),
    ],
)
def test_headers_follow_from_the_key(key: str, media_type: str, cache_control: str) -> None:
    artifact = published().objects[key]
    assert (artifact.media_type, artifact.cache_control) == (media_type, cache_control)


def test_the_same_run_again_gets_each_object_once_and_puts_nothing() -> None:
    store = published()
    report = run(store, TWO)
    assert report.editions[0].status == Status.UNCHANGED
    assert store.puts == []
    assert sorted(store.gets) == sorted(set(ALL_KEYS) - {*FIXED, *ROWS})


def test_an_unchanged_run_waits_for_the_store_twice() -> None:
    """While the source answers, and for the payload, whose key follows from the answer."""
    store, waits = published(), list[list[str]]()

    def together(calls: Sequence[Callable[[], Value]]) -> list[Value]:
        before = len(store.gets)
        results = [call() for call in calls]
        waits.append(store.gets[before:])
        return results

    made = replace(ports(FakeSource({DAY: TWO}), store), together=together)
    assert publish.run(request(), made).editions[0].status == Status.UNCHANGED
    # What is looked at is within what is done while the source answers, and so is noted twice.
    looked = [sorted(names) for names in waits if names]
    assert looked == [sorted(keys.looked_at(DAY))] * 2 + [[RAW]]
    assert {*keys.looked_at(DAY), RAW} == {*ALL_KEYS} - {*FIXED, *ROWS}


def test_new_votes_replace_what_follows_from_them() -> None:
    store = published()
    report = run(store, TWO_LATER)
    assert report.editions[0].status == Status.PUBLISHED
    assert titles(store) == titles(store, "latest.json") == ["Paper 1", "Paper 2"]
    assert store.objects["daily/2025-12-24.md"].body == b"Paper 1\nPaper 2"
    assert len([key for key in store.objects if key.startswith(keys.RAW)]) == 2


def test_another_payload_that_makes_the_same_edition_is_kept_but_no_news() -> None:
    store = published()
    report = run(store, answer(entry(1, followers=1), entry(2)))
    assert report.editions[0].status == Status.UNCHANGED
    assert [key.split("/")[0] for key in store.puts] == ["raw", "votes", "monthly", "index"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer(entry(1), entry(2)), "2 papers would replace 5"),
        (answer(*(entry(n, upvotes=0) for n in range(1, 6))), "no paper has votes"),
        (
            answer(*(entry(n, submittedOnDailyAt="2025-12-23T00:00:00.000Z") for n in range(1, 6))),
            "5 of 5 papers belong to another day",
        ),
    ],
)
def test_a_worse_edition_changes_nothing_unless_forced(body: bytes, reason: str) -> None:
    store = published(answer(*(entry(n) for n in range(1, 6))))
    before = store.bodies()
    report = run(store, body)
    (edition,) = report.editions
    assert edition.status == Status.KEPT
    assert reason in (edition.reason or "")
    assert store.bodies() == before
    assert run(store, body, force=True).editions[0].status == Status.PUBLISHED


def test_another_days_papers_are_no_first_publication() -> None:
    store = MemoryStore()
    report = run(store, answer(entry(1, submittedOnDailyAt="2025-12-23T00:00:00.000Z")))
    assert report.editions[0].status == Status.KEPT
    assert store.bodies() == {}


def test_what_is_missing_beside_a_kept_edition_is_completed() -> None:
    store = published(answer(*(entry(n) for n in range(1, 6))))
    before = store.bodies()
    del store.objects["daily/2025-12-24.md"], store.objects["latest.md"]
    assert run(store, TWO).editions[0].status == Status.KEPT
    assert store.bodies() == before


@pytest.mark.parametrize("force", [False, True])
def test_an_empty_day_publishes_nothing(force: bool) -> None:
    store = published()
    before = store.bodies()
    assert run(store, b"[]", force=force).editions[0].status == Status.EMPTY
    assert store.bodies() == before
    assert run(MemoryStore(), b"[]").changes == ()


@pytest.mark.parametrize("key", [key for key in ALL_KEYS if key not in (*FIXED, *ROWS)])
def test_a_rerun_completes_what_is_missing(key: str) -> None:
    store = published()
    before = store.bodies()
    del store.objects[key]
    run(store, TWO)
    assert store.bodies() == before


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"schema_version": 9}'])
def test_an_edition_that_nobody_can_read_is_replaced(broken: bytes) -> None:
    store = published()
    before = store.bodies()
    for key in ("daily/2025-12-24.json", "latest.json"):
        store.objects[key] = keys.artifact(key, broken)
    run(store, TWO)
    assert store.bodies() == before


def test_a_dry_run_tells_the_same_and_writes_nothing() -> None:
    store, real = MemoryStore(), MemoryStore()
    rehearsed, report = run(store, TWO, dry_run=True), run(real, TWO)
    assert store.bodies() == {}
    assert rehearsed.editions == report.editions
    assert rehearsed.changes == report.changes
    assert rehearsed.dry_run


def days(**bodies: bytes) -> tuple[list[date], FakeSource]:
    answers = {date.fromisoformat(f"2025-12-{day[1:]}"): body for day, body in bodies.items()}
    return list(answers), FakeSource(answers)


@pytest.mark.parametrize("order", ["newest first", "oldest first", "alone, one after another"])
def test_latest_is_the_newest_whatever_the_order(order: str) -> None:
    asked, source = days(d22=answer(entry(3)), d24=answer(entry(1)), d23=answer(entry(2)))
    store = MemoryStore()
    asked.sort(reverse=order == "newest first")
    runs = [tuple(asked)] if "first" in order else [(day,) for day in reversed(asked)]
    for some in runs:
        publish.run(request(*some), ports(source, store))
    assert titles(store, "latest.json") == ["Paper 1"]
    assert store.objects["latest.md"].body == b"Paper 1"


def test_one_bad_day_does_not_stop_the_others() -> None:
    error = SourceUnavailable("answered 503", YESTERDAY, "https://source.example")
    source = FakeSource({DAY: TWO, YESTERDAY: error})
    store, heard = MemoryStore(), []
    asked = request(YESTERDAY, DAY)
    report = publish.run(asked, ports(source, store), lambda edition: heard.append(edition.status))
    assert heard == [Status.FAILED, Status.PUBLISHED]
    assert report.errors() == [error]
    assert store.puts == ALL_KEYS


@pytest.mark.parametrize("body", [b"<html>", b'{"error": "x"}', b'["text"]', b'[{"paper": {}}]'])
def test_a_bad_payload_leaves_what_was_published(body: bytes) -> None:
    store = published()
    before = store.bodies()
    report = run(store, body)
    assert isinstance(report.editions[0].error, PayloadError)
    assert store.bodies() == before


class FailingStore(MemoryStore):
    """A store that refuses one key."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key: str | None = key

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:
        if artifact.key == self.key:
            raise StoreError("SlowDown", artifact.key)
        super().put(artifact, replaces=replaces)


@pytest.mark.parametrize("key", ALL_KEYS)
def test_a_store_that_fails_half_way_is_completed_by_a_rerun(key: str) -> None:
    store = FailingStore(key)
    report = run(store, TWO)
    position = ALL_KEYS.index(key)
    assert [str(error) for error in report.errors()] == [f"SlowDown ({key})"]
    assert store.puts == ALL_KEYS[:position]
    if key in OF_THE_DAY:
        assert [change.key for change in report.editions[0].changes] == store.puts
    else:
        assert report.editions[0].status == Status.PUBLISHED
    store.key = None
    assert run(store, TWO).errors() == []
    assert sorted(store.objects) == sorted(ALL_KEYS)


class SlowStore(MemoryStore):
    """A store in which another run finishes after our first look at a key."""

    def __init__(self, key: str, rival: bytes) -> None:
        super().__init__()
        self.key, self.rival = key, rival

    def get(self, key: str) -> StoredObject | None:
        stored = super().get(key)
        if key == self.key and self.rival:
            body, self.rival = self.rival, b""
            run(self, body)
        return stored


@pytest.mark.parametrize("key", [key for key in ALL_KEYS if not key.startswith(keys.RAW)])
def test_of_two_runs_at_once_all_files_tell_the_same(key: str) -> None:
    store = SlowStore(key, TWO_LATER)
    run(store, TWO)
    expected = "\n".join(titles(store)).encode()
    assert titles(store, "latest.json") == titles(store)
    assert store.objects["daily/2025-12-24.md"].body == expected
    assert store.objects["latest.md"].body == expected


def test_who_loses_the_race_to_a_better_edition_keeps_it() -> None:
    store = SlowStore("daily/2025-12-24.json", answer(*(entry(n) for n in range(1, 6))))
    report = run(store, TWO)
    assert report.editions[0].status == Status.KEPT
    assert len(titles(store)) == len(titles(store, "latest.json")) == 5


def test_a_bug_is_not_caught() -> None:
    broken = ports(FakeSource({DAY: TWO}), MemoryStore())

    def bug() -> Renderer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish.run(request(), replace(broken, renderer=bug))


def test_papers_are_ranked_in_the_json() -> None:
    store = published(answer(entry(1, upvotes=0), entry(2, upvotes=None), entry(3, upvotes=0)))
    assert titles(store) == ["Paper 3", "Paper 1", "Paper 2"]
