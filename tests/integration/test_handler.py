"""The handler whole, against the API and S3 (moto's server) over HTTP."""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, tzinfo

import pytest

from core.model import keys
from core.model.errors import (
    InvalidEvent,
    SettingsError,
    SourceRejected,
    SourceUnavailable,
    StoreError,
)
from handler.observability import logger
from tests.support import sample
from tests.support.context import invoke
from tests.support.papers import answer, entry
from tests.support.servers import Answer, ReplayServer, S3Server, replay_huggingface, s3_server

DAY = "2025-12-24"
SCHEDULE = {"scheduled_time": f"{DAY}T14:00:00Z", "offsets": [0, -1, -7]}
ERROR = Answer(400, b'{"error": "no"}')


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Run S3 with a bucket, and point the handler's client there."""
    with s3_server("papers") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        monkeypatch.setenv("PAPERBOY_STORE", "s3://papers/site")
        yield server


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    days: dict[str, bytes | Answer] = {
        DAY: sample.PAYLOAD.read_bytes(),
        "2025-12-23": answer(*(entry(n) for n in range(1, 121))),
        "2025-12-20": b"[]",
        "2025-12-18": ERROR,
        "2025-12-16": sample.PAYLOAD.read_bytes(),
    }
    with replay_huggingface(days) as server:
        monkeypatch.setenv("PAPERBOY_SOURCE", server.url)
        yield server


def objects(server: S3Server) -> dict[str, bytes]:
    """Return every object in the bucket."""
    with closing(server.client()) as client:
        listed = client.list_objects_v2(Bucket="papers").get("Contents", [])
        return {
            item["Key"]: client.get_object(Bucket="papers", Key=item["Key"])["Body"].read()
            for item in listed
        }


def statuses(report: dict[str, object]) -> dict[str, str]:
    return {edition["date"]: edition["status"] for edition in report["editions"]}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("source")
def test_the_schedule_publishes_and_then_has_nothing_to_do(bucket: S3Server) -> None:
    report = invoke(SCHEDULE)
    assert json.loads(json.dumps(report)) == report
    assert statuses(report) == {DAY: "published", "2025-12-23": "published", "2025-12-17": "empty"}
    assert report["scheduled_time"] == "2025-12-24T14:00:00Z"
    first = objects(bucket)
    assert first["site/latest.json"] == first[f"site/daily/{DAY}.json"]
    assert first["site/latest.md"] == first[f"site/daily/{DAY}.md"]
    assert first[f"site/daily/{DAY}.json"].decode() == sample.golden(f"{DAY}.json")
    assert json.loads(first["site/daily/2025-12-23.json"])["count"] == 120
    month = json.loads(first["site/monthly/2025-12.json"])
    assert [edition["date"] for edition in month["editions"]] == ["2025-12-23", DAY]
    assert first["site/monthly/2025-12.md"].startswith(b"---\n")
    assert {f"site/{key}" for key in keys.SCHEMAS} <= first.keys()
    assert report["blog"] is None
    (raw,) = (body for key, body in first.items() if key.startswith(f"site/raw/{DAY}/"))
    assert gzip.decompress(raw) == sample.PAYLOAD.read_bytes()

    bucket.requests.clear()
    assert set(statuses(invoke(SCHEDULE)).values()) == {"unchanged", "empty"}
    assert bucket.writes() == []
    assert objects(bucket) == first


@pytest.mark.usefixtures("source", "bucket")
def test_a_second_run_in_a_process_renders_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    invoke(SCHEDULE)

    def render(*_: object, **__: object) -> None:
        raise AssertionError("what was made is made again")

    monkeypatch.setattr("jinja2.environment.Template.render", render)
    assert set(statuses(invoke(SCHEDULE)).values()) == {"unchanged", "empty"}


@pytest.mark.usefixtures("source")
def test_a_bad_day_fails_the_invocation_after_the_others(
    bucket: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(
        SourceRejected, match=r"1 failed: 2025-12-18 SourceRejected: answered 400: no"
    ):
        invoke({"dates": ["2025-12-18", DAY, "2025-12-20"]})
    assert f"site/daily/{DAY}.json" in objects(bucket)
    warned = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert warned == ["edition failed"]


def flood(_: object) -> None:
    raise ValueError("x" * 10**6) from KeyError("y" * 10**6)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({f"key {number}": 1 for number in range(100_000)}, InvalidEvent),
        ({"action": "x" * 10**6}, InvalidEvent),
        ({"date": ["x" * 10**6]}, InvalidEvent),
        ({"dates": [str(number) * 10**5 for number in range(40)]}, InvalidEvent),
        ({"dates": ["2025-12-18"] * 31}, SettingsError),
        ({"date": DAY}, RuntimeError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_errors_are_bounded(
    event: object, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind is RuntimeError:
        monkeypatch.setattr("handler.settings.from_environment", flood)
    for number in range(100):
        monkeypatch.setenv(f"PAPERBOY_TYPO_{number:0200}", "x" * 1000)
    with pytest.raises(kind) as caught:
        invoke(event)
    assert type(caught.value) is kind
    assert len(str(caught.value).encode()) <= 1024
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    # The traceback leads to where the error came from.
    assert len(caught.traceback) > 3


@pytest.mark.parametrize("event", ["yesterday", {"date": "2025-13-01"}, {"day": DAY}])
def test_a_bad_event_fetches_and_writes_nothing(
    source: ReplayServer, bucket: S3Server, event: object
) -> None:
    with pytest.raises(InvalidEvent):
        invoke(event)
    assert source.requests == []
    assert bucket.requests == []


def test_bad_settings_fetch_nothing(source: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_TOP", "many")
    with pytest.raises(SettingsError, match=r"PAPERBOY_STORE .*missing.*; PAPERBOY_TOP"):
        invoke({"date": DAY})
    assert source.requests == []


@pytest.mark.usefixtures("source")
def test_an_unreachable_store_keeps_its_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_STORE", "s3://papers")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    with pytest.raises(StoreError, match=r"s3://papers/state/root.json"):
        invoke({"date": DAY})


def test_an_unreachable_source_keeps_its_class(source: ReplayServer, bucket: S3Server) -> None:
    source.script(*[Answer(503, b"", {"Retry-After": "500"})] * 9)
    with pytest.raises(SourceUnavailable, match="asks to wait 500 s"):
        invoke({"date": DAY})
    assert objects(bucket) == {}


@pytest.mark.usefixtures("source")
def test_a_dry_run_writes_and_counts_nothing(
    bucket: S3Server, capsys: pytest.CaptureFixture[str]
) -> None:
    report = invoke({"date": DAY, "dry_run": True})
    assert statuses(report) == {DAY: "published"}
    assert bucket.writes() == []
    assert capsys.readouterr().out == ""  # no metrics: nothing was published


@pytest.mark.usefixtures("source", "bucket")
def test_each_edition_is_logged_as_json(caplog: pytest.LogCaptureFixture) -> None:
    invoke({"dates": [DAY, "2025-12-20"]})
    formatter = logger.registered_formatter
    *logged, end = [json.loads(formatter.format(record)) for record in caplog.records]
    assert (end["run"]["published"], end["run"]["empty"]) == (1, 1)
    assert [(line["level"], line["edition"]["status"]) for line in logged] == [
        ("INFO", "published"),
        ("INFO", "empty"),
    ]
    assert all(datetime.fromisoformat(line["timestamp"]).tzinfo for line in logged)


def run_at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Let runs begin at a moment, by the handler's clock."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromisoformat(moment).astimezone(tz)

    monkeypatch.setattr("handler.app.datetime", Clock)


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """Return the metrics of the one run there was."""
    (line,) = capsys.readouterr().out.splitlines()
    embedded = json.loads(line)
    (told,) = embedded["_aws"]["CloudWatchMetrics"]
    assert (told["Namespace"], sorted(told["Dimensions"][0])) == (
        "Paperboy",
        ["FunctionName", "service"],
    )
    assert (embedded["FunctionName"], embedded["service"]) == ("paperboy", "paperboy")
    return {metric["Name"]: embedded[metric["Name"]] for metric in told["Metrics"]}


@pytest.mark.usefixtures("source", "bucket")
def test_a_run_counts_the_age_of_the_archive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The Monday after: Thursday and Friday went by without an edition.
    run_at(monkeypatch, "2025-12-29T14:00:00+00:00")
    invoke({"dates": [DAY, "2025-12-20"]})
    assert counted(capsys) == {"WeekdaysWithoutEdition": [2]}
    run_at(monkeypatch, "2025-12-26T14:00:00+00:00")
    # An event from long ago says nothing of today.
    invoke({"date": "2025-12-20", "scheduled_time": "2025-12-20T14:00:00Z"})
    assert counted(capsys) == {"WeekdaysWithoutEdition": [1]}
    with pytest.raises(SourceRejected):
        invoke({"date": "2025-12-18"})
    assert counted(capsys) == {"WeekdaysWithoutEdition": [1]}


@pytest.mark.usefixtures("source", "bucket")
def test_an_archive_without_an_edition_has_no_age(capsys: pytest.CaptureFixture[str]) -> None:
    assert statuses(invoke({"date": "2025-12-20"})) == {"2025-12-20": "empty"}
    assert capsys.readouterr().out == ""
