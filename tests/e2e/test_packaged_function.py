"""The function as `sam build` packages it, on Lambda's emulator: each event, against real HTTP."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from core import publish
from core.edition import payload, ranking
from core.model import keys
from core.model.paper import Edition
from core.model.report import RunRequest
from core.render import json as edition_json
from handler import bootstrap, events
from handler.settings import from_environment
from tests.e2e.world import BUCKET, PREFIX, World, recorded, running, unpacked
from tests.support import rie, sample
from tests.support.fakes import FakeSource, MemoryStore
from tests.support.papers import DAY, NOW
from tests.support.recorded import REPOSITORY
from tests.support.servers import Answer

rie.need_package()

EVENTS = REPOSITORY / "events"
RUNS = sorted(path for path in EVENTS.glob("*.json") if path.stem != "check")
JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
HEADERS = {
    "daily/2025-12-24.json": (JSON, "public, max-age=3600"),
    "daily/2025-12-24.md": ("text/markdown; charset=utf-8", "public, max-age=3600"),
    "daily/2025-12-24.html": (HTML, "public, max-age=3600"),
    "votes/2025-12-24.json": (JSON, "public, max-age=3600"),
    "monthly/2025-12.json": (JSON, "public, max-age=3600"),
    "latest.json": (JSON, "public, max-age=300"),
    "latest.md": ("text/markdown; charset=utf-8", "public, max-age=300"),
    "index.html": (HTML, "public, max-age=300"),
    "feed.xml": ("application/atom+xml", "public, max-age=300"),
    "feed.json": ("application/feed+json", "public, max-age=300"),
    "schema/edition.v1.json": (JSON, "public, max-age=3600"),
}
# Longer than a run lasts: the function does not wait for it.
AWAY = Answer(503, headers={"Retry-After": "3600"})
REFUSED = Answer(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "text/xml"})
BAD_EVENTS = [
    {"date": "2025-13-01"},
    {"date": "yesterday"},
    {"date": 20251224},
    {"date": ["2025-12-24"]},
    {"date": "2023-05-03"},
    {"date": "2125-12-24"},
    {"dates": [f"2025-11-{day:02}" for day in range(1, 31)] + ["2025-12-01"] * 10},
    {"dates": []},
    {"offsets": [1]},
    {"day": "2025-12-24"},
    {"date": "2025-12-24", "dates": ["2025-12-24"]},
    {"date": "2025-12-24", "force": "yes"},
    {"scheduled_time": "today"},
    [],
    "2025-12-24",
    None,
]


@pytest.fixture(scope="module")
def days() -> dict[str, bytes]:
    return recorded()


@pytest.fixture
def world(days: dict[str, bytes], tmp_path: Path) -> Iterator[World]:
    with running(days, tmp_path) as made:
        yield made


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_an_event_publishes_its_days_once(path: Path, world: World, days: dict[str, bytes]) -> None:
    event = json.loads(path.read_bytes())
    request = events.parse(event, datetime.now(UTC))
    editions = [expected for day in request.days if (expected := edition(day, days))]

    report = world.function.invoke(event)

    assert report["ok"], report
    assert (report["dry_run"], report["blog"]) == (request.dry_run, None)
    assert statuses(report) == expected_statuses(request, editions, "published")
    assert [asked.query["date"] for asked in world.source.requests] == [*map(str, request.days)]
    if request.dry_run:
        assert {change["action"] for change in changes(report)} == {"created"}
        assert world.s3.writes() == []
    else:
        now = datetime.fromisoformat(report["scheduled_time"])
        check_objects(world.bodies(), replace(request, now=now), days)
        check_again(world, event, request, editions)


def test_objects_have_types_caching_and_checksums(world: World) -> None:
    world.function.invoke({"date": "2025-12-24"})

    objects = world.objects()
    (raw,) = (key for key in objects if key.startswith(keys.RAW))
    for key, headers in {**HEADERS, raw: ("application/gzip", keys.AN_HOUR)}.items():
        assert (objects[key]["ContentType"], objects[key]["CacheControl"]) == headers, key
    for key, stored in objects.items():
        checksum = base64.b64encode(sha256(stored["bytes"]).digest()).decode()
        assert stored["ChecksumSHA256"] == checksum, key


def test_bad_events_are_refused_before_anything_is_fetched(world: World) -> None:
    answers = [world.function.invoke(event) for event in BAD_EVENTS]

    assert [answer.get("errorType") for answer in answers] == ["InvalidEvent"] * len(BAD_EVENTS)
    assert (world.source.requests, world.s3.requests) == ([], [])


def test_a_failing_day_does_not_stop_the_others(days: dict[str, bytes], tmp_path: Path) -> None:
    with running({**days, "2025-12-23": AWAY}, tmp_path) as world:
        answer = world.function.invoke({"dates": ["2025-12-23", "2025-12-24"]})

        assert answer["errorType"] == "SourceUnavailable"
        assert "2025-12-24 published" in answer["errorMessage"]
        assert world.objects().keys() > HEADERS.keys()


def test_a_store_that_refuses_is_named(world: World) -> None:
    # Whatever is asked: which gets come first, when some are made at once, nobody knows.
    world.s3.script(*[REFUSED] * 99)

    answer = world.function.invoke({"date": "2025-12-24"})

    assert answer["errorType"] == "StoreError"
    assert "AccessDenied" in answer["errorMessage"]
    assert f"s3://{BUCKET}/{PREFIX}{keys.ROOT_STATE}" in answer["errorMessage"]


def test_a_check_restores_what_was_deleted(world: World) -> None:
    world.function.invoke({"date": "2025-12-24"})
    before = published(world.bodies())
    with closing(world.s3.client()) as client:
        for key in ("daily/2025-12-24.html", "index.html"):
            client.delete_object(Bucket=BUCKET, Key=PREFIX + key)

    answer = world.function.invoke(json.loads((EVENTS / "check.json").read_bytes()))

    assert answer["next"] is None
    assert published(world.bodies()) == before


def test_wrong_settings_are_all_named(tmp_path: Path) -> None:
    wrong = {"PAPERBOY_TOP": "0", "PAPERBOY_LOCALE": "xx", "PAPERBOY_COLOUR": "red"}
    with running({}, tmp_path, **wrong) as world:
        answer = world.function.invoke({"date": "2025-12-24"})

    assert answer["errorType"] == "SettingsError"
    assert all(name in answer["errorMessage"] for name in wrong)


def test_logs_and_metrics_are_json(world: World) -> None:
    world.function.invoke({"date": "2025-12-24"})

    logged = world.function.log()
    (edition_log,) = [line for line in logged if "edition" in line]
    assert edition_log["edition"]["status"] == "published"
    (run_log,) = [line for line in logged if "run" in line]
    assert (run_log["run"]["published"], run_log["run"]["papers"]) == (1, 16)
    (metrics,) = [line for line in logged if "_aws" in line]
    assert metrics["WeekdaysWithoutEdition"] >= [0]


def test_offline_it_needs_neither_aws_nor_the_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offline = json.loads((REPOSITORY / "local" / "offline.json").read_bytes())
    settings = offline["PaperboyFunction"] | {"PAPERBOY_STORE": (tmp_path / "public").as_uri()}

    with rie.running(settings, tmp_path / "function.log") as function:
        report = function.invoke({"date": str(DAY), "scheduled_time": str(NOW)})
        start = function.init_milliseconds()

    assert statuses(report) == ["published"]
    expected = edition_json.render(sample.edition())
    assert (tmp_path / "public" / "daily" / "2025-12-24.json").read_bytes() == expected
    assert (tmp_path / "public" / "latest.md").read_text("utf-8").startswith("---\n")
    with capsys.disabled():
        print(f"\ncold start on the emulator: {start:.0f} ms")  # noqa: T201 (a figure to read)


def edition(day: date, days: dict[str, bytes]) -> Edition | None:
    """Return the edition that a recorded day makes; None for an empty one."""
    body = days.get(str(day), b"[]")
    papers = ranking.rank(payload.parse(payload.decode(body, day)))
    return Edition(day, papers) if papers else None


def expected_statuses(request: RunRequest, editions: list[Edition], status: str) -> list[str]:
    filled = [edition.day for edition in editions]
    return [status if day in filled else "empty" for day in request.days]


def statuses(report: dict[str, Any]) -> list[str]:
    return [edition["status"] for edition in report["editions"]]


def changes(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [change for part in (*report["editions"], report) for change in part["objects"]]


def check_objects(objects: dict[str, bytes], request: RunRequest, days: dict[str, bytes]) -> None:
    """Compare what is stored with what this process publishes of the same answers."""
    answers = {day: days.get(str(day), b"[]") for day in request.days}
    settings = from_environment({"PAPERBOY_STORE": f"s3://{BUCKET}/{PREFIX}"})
    store = MemoryStore()
    ports = bootstrap.ports(settings, lambda: 60.0)
    report = publish.run(request, replace(ports, source=FakeSource(answers), store=store))
    assert report.errors() == []
    expected = published(store.bodies())
    assert published(objects).keys() == expected.keys()
    assert [key for key, body in expected.items() if unpacked(key, body) != objects[key]] == []


def published(objects: dict[str, bytes]) -> dict[str, bytes]:
    """Return the objects without the state, which has each store's own ETags."""
    return {key: body for key, body in objects.items() if not key.startswith("state/")}


def check_again(world: World, event: object, request: RunRequest, editions: list[Edition]) -> None:
    """Check that the same event, delivered twice, writes nothing."""
    world.s3.requests.clear()

    report = world.function.invoke(event)

    assert world.s3.writes() == []
    assert statuses(report) == expected_statuses(request, editions, "unchanged")
    assert {change["action"] for change in changes(report)} <= {"unchanged"}
