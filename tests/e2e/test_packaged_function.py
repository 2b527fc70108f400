"""The function as `sam build` packages it, on Lambda's emulator: each event, against real HTTP."""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core import layout, payload, ranking
from core.models import Edition, RunRequest
from core.render import json as edition_json
from handler import events
from tests.support import rie, sample
from tests.support.recorded import REPOSITORY, SHARED, late_days, recorded_days
from tests.support.servers import Answer, ReplayServer, S3Server, replay_huggingface, s3_server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

rie.need_package()

BUCKET = "papers"
PREFIX = "daily-papers/"
EVENTS = sorted((REPOSITORY / "events").glob("*.json"))
HEADERS = {
    "daily/2025-12-24.json": ("application/json; charset=utf-8", "public, max-age=3600"),
    "daily/2025-12-24.md": ("text/markdown; charset=utf-8", "public, max-age=3600"),
    "latest.json": ("application/json; charset=utf-8", "public, max-age=300"),
    "latest.md": ("text/markdown; charset=utf-8", "public, max-age=300"),
    "schema/edition.v1.json": ("application/json; charset=utf-8", "public, max-age=3600"),
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


@dataclass(frozen=True, slots=True)
class World:
    """A function that runs, and what it talks to."""

    function: rie.Function
    source: ReplayServer
    s3: S3Server

    def objects(self) -> dict[str, dict[str, Any]]:
        """Return each object's headers, and its bytes under `bytes`, by its key.

        All have the prefix; it is left out.
        """
        with closing(self.s3.client()) as client:
            listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
            keys = [stored["Key"] for stored in listed]
            assert all(key.startswith(PREFIX) for key in keys), keys
            return {key.removeprefix(PREFIX): _object(client, key) for key in keys}

    def bodies(self) -> dict[str, bytes]:
        """Return each object's bytes, unpacked, by its key."""
        bodies = {key: stored["bytes"] for key, stored in self.objects().items()}
        return {
            key: gzip.decompress(body) if layout.is_raw(key) else body
            for key, body in bodies.items()
        }


@pytest.fixture(scope="module")
def days() -> dict[str, bytes]:
    """Return the recorded days, the late answer where there is one; else the bundled sample."""
    if not SHARED.is_dir():
        return {"2025-12-24": sample.PAYLOAD.read_bytes()}
    recorded = [path for path in recorded_days() if ".raw" not in path.name]
    return {path.stem: path.read_bytes() for path in [*recorded, *late_days()]}


@pytest.fixture
def world(days: dict[str, bytes], tmp_path: Path) -> Iterator[World]:
    with running(days, tmp_path) as made:
        yield made


@contextmanager
def running(
    days: Mapping[str, bytes | Answer], directory: Path, **settings: str
) -> Iterator[World]:
    """Run the function, the API with these days, and S3 with an empty bucket."""
    with replay_huggingface(days) as source, s3_server(BUCKET) as s3:
        environment = {
            "AWS_ENDPOINT_URL_S3": s3.url,
            "PAPERBOY_SOURCE": source.url,
            "PAPERBOY_STORE": f"s3://{BUCKET}/{PREFIX}",
            **settings,
        }
        with rie.running(environment, directory / "function.log") as function:
            yield World(function, source, s3)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_publishes_its_days_once(path: Path, world: World, days: dict[str, bytes]) -> None:
    event = json.loads(path.read_bytes())
    request = events.parse(event, datetime.now(UTC))
    editions = [expected for day in request.days if (expected := edition(day, days))]

    report = world.function.invoke(event)

    assert report["ok"], report
    assert report["dry_run"] == request.dry_run
    assert statuses(report) == expected_statuses(request, editions, "published")
    assert [asked.query["date"] for asked in world.source.requests] == [*map(str, request.days)]
    if request.dry_run:
        assert {change["action"] for change in changes(report)} == {"created"}
        assert world.s3.writes() == []
    else:
        check_objects(world.bodies(), editions, days)
        check_again(world, event, request, editions)


def test_objects_have_types_caching_and_checksums(world: World) -> None:
    world.function.invoke({"date": "2025-12-24"})

    objects = world.objects()
    (raw,) = objects.keys() - HEADERS.keys()
    for key, headers in {**HEADERS, raw: ("application/gzip", "public, max-age=3600")}.items():
        stored = objects[key]
        assert (stored["ContentType"], stored["CacheControl"]) == headers, key
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
    world.s3.script(REFUSED)

    answer = world.function.invoke({"date": "2025-12-24"})

    assert answer["errorType"] == "StoreError"
    assert "AccessDenied" in answer["errorMessage"]
    assert f"s3://{BUCKET}/{PREFIX}daily/2025-12-24.json" in answer["errorMessage"]


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
    (metrics,) = [line for line in logged if "_aws" in line]
    assert (metrics["EditionsPublished"], metrics["Papers"]) == ([1.0], [16.0])


def test_offline_it_needs_neither_aws_nor_the_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offline = json.loads((REPOSITORY / "local" / "offline.json").read_bytes())
    settings = offline["PaperboyFunction"] | {"PAPERBOY_STORE": (tmp_path / "public").as_uri()}

    with rie.running(settings, tmp_path / "function.log") as function:
        report = function.invoke({"date": "2025-12-24"})
        start = function.init_milliseconds()

    assert statuses(report) == ["published"]
    expected = edition_json.render(sample.edition())
    assert (tmp_path / "public" / "daily" / "2025-12-24.json").read_bytes() == expected
    assert (tmp_path / "public" / "latest.md").read_text("utf-8").startswith("---\n")
    with capsys.disabled():
        print(f"\ncold start on the emulator: {start:.0f} ms")  # noqa: T201 (a figure to read)


def _object(client: "S3Client", key: str) -> dict[str, Any]:
    answer = client.get_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
    return {**answer, "bytes": answer["Body"].read()}


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


def check_objects(
    objects: dict[str, bytes], editions: list[Edition], days: dict[str, bytes]
) -> None:
    """Compare what is stored with what this process makes of the same answers."""
    expected = {}
    for made in editions:
        body = days[str(made.day)]
        expected[layout.edition_json(made.day)] = edition_json.render(made)
        expected[layout.raw_payload(made.day, sha256(body).hexdigest())] = body
    if editions:
        newest = max(editions, key=lambda made: made.day)
        expected[layout.LATEST_JSON] = edition_json.render(newest)
        expected[layout.SCHEMA] = (REPOSITORY / layout.SCHEMA).read_bytes()
    posts = {key: body for key, body in objects.items() if key.endswith(".md")}
    assert {key: body for key, body in objects.items() if key not in posts} == expected
    assert posts.keys() == {
        key.replace(".json", ".md")
        for key in expected
        if key.startswith("daily/") or key == layout.LATEST_JSON
    }
    assert all(body.startswith(b"---\n") for body in posts.values())


def check_again(world: World, event: object, request: RunRequest, editions: list[Edition]) -> None:
    """Check that the same event, delivered twice, writes nothing."""
    world.s3.requests.clear()

    report = world.function.invoke(event)

    assert world.s3.writes() == []
    assert statuses(report) == expected_statuses(request, editions, "unchanged")
    assert {change["action"] for change in changes(report)} <= {"unchanged"}
