"""Telling channels: each hears once, whatever goes wrong, and no run fails by it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Lock
from typing import Any

import pytest

from core import publish
from core.announce.record import DURATION, Record, Records, Told, read, render
from core.announce.tell import announce
from core.archive.ports import Ports
from core.archive.read import read_archive
from core.model import keys
from core.model.announcement import (
    AnnounceReport,
    AnnounceStyle,
    ChannelName,
    Message,
    ToldStatus,
)
from core.model.errors import (
    AnnounceError,
    AnnounceRejected,
    AnnounceUnavailable,
    AnnounceUnsure,
    StoreConflict,
    StoreError,
)
from core.model.objects import Artifact, StoredObject
from core.model.ports import Channel
from core.model.report import RunReport, RunRequest
from tests.support import fakes
from tests.support.announcing import STYLE, announcing
from tests.support.channels import FakeChannel
from tests.support.fakes import FakeSource, MemoryStore, Pauses
from tests.support.papers import DAY, NOW, answer, entry

SLACK, EVENT = ChannelName.SLACK, ChannelName.EVENT
SOURCE = FakeSource({DAY: answer(entry(1), entry(2), entry(3))})


def ports(store: MemoryStore, source: FakeSource = SOURCE, **channels: Channel) -> Ports:
    return announcing(fakes.ports(source, store), channels=channels)


def run(with_ports: Ports, now: datetime = NOW, *days: date, **options: bool) -> RunReport:
    return publish.run(RunRequest(days or (DAY,), now, **options), with_ports)


def told(store: MemoryStore, name: str = str(DAY)) -> dict[str, Any]:
    """Return the record's channels."""
    channels: dict[str, Any] = json.loads(store.objects[keys.told(name)].body)["channels"]
    return channels


def statuses(report: RunReport) -> list[tuple[str, str]]:
    assert report.announcements
    return [(one.channel, one.status) for one in report.announcements.announced]


def test_each_channel_hears_once() -> None:
    store, slack, event = MemoryStore(), FakeChannel(), FakeChannel()
    with_ports = ports(store, slack=slack, event=event)
    assert statuses(run(with_ports)) == [("slack", "sent"), ("event", "sent")]
    for hour in range(1, 4):
        report = run(with_ports, NOW + timedelta(hours=hour))
        assert report.announcements == AnnounceReport()
    assert [one.name for one in slack.messages] == [str(DAY)]
    assert [item.id for item in slack.messages[0].items] == [
        *("2512.00003", "2512.00002", "2512.00001")
    ]
    assert len(event.messages) == 1
    assert told(store) == {"event": {"status": "sent"}, "slack": {"status": "sent"}}
    assert keys.artifact(keys.told("x"), b"").cache_control == "no-store"


def test_without_announcements_the_report_has_none() -> None:
    store = MemoryStore()
    assert run(fakes.ports(SOURCE, store)).announcements is None
    assert not [key for key in store.objects if key.startswith(keys.TOLD)]


@pytest.mark.parametrize("options", [{"force": True}, {"dry_run": True}])
def test_forced_and_dry_runs_tell_nobody(options: dict[str, bool]) -> None:
    store, slack = MemoryStore(), FakeChannel()
    assert run(ports(store, slack=slack), NOW, **options).announcements is None
    assert slack.asked == 0


def test_an_edition_older_than_two_days_is_not_news() -> None:
    slack = FakeChannel()
    run(ports(MemoryStore(), slack=slack), NOW + timedelta(days=3))
    assert slack.asked == 0


def test_an_event_that_is_sent_again_days_later_is_not_news() -> None:
    store, slack = MemoryStore(), FakeChannel()
    store.time += timedelta(days=3).total_seconds()
    run(ports(store, slack=slack))
    assert slack.asked == 0


def test_a_store_that_is_not_complete_tells_nobody() -> None:
    class Full(MemoryStore):
        def put(self, artifact: Artifact, *, replaces: str | None) -> str:
            if artifact.key == keys.HOME:
                raise StoreError("is full", artifact.key)
            return super().put(artifact, replaces=replaces)

    slack = FakeChannel()
    report = run(ports(Full(), slack=slack))
    assert (slack.asked, report.announcements) == (0, None)


FAULTS: list[tuple[AnnounceError, str, int]] = [
    (AnnounceRejected("answered 410"), "failed", 1),
    (AnnounceUnavailable("asks to wait", wait=60), "failed", 1),
    (AnnounceUnsure("no answer came"), "unsure", 0),
]


@pytest.mark.parametrize(("error", "status", "errors"), FAULTS)
def test_a_fault_is_reported_and_tried_again_unless_it_may_have_been_sent(
    error: AnnounceError, status: str, errors: int
) -> None:
    store, slack, event = MemoryStore(), FakeChannel(error), FakeChannel()
    with_ports = ports(store, slack=slack, event=event)
    report = run(with_ports)
    assert statuses(report) == [("slack", status), ("event", "sent")]
    assert (len(report.errors()), report.error) == (errors, None)
    assert all(edition.error is None for edition in report.editions)
    assert told(store)["slack"] == {"status": status, "error": str(error)}

    run(with_ports, NOW + timedelta(hours=1))
    run(with_ports, NOW + timedelta(hours=2))
    assert len(slack.messages) == errors
    assert len(event.messages) == 1


def test_a_short_wait_is_waited_for() -> None:
    slack = FakeChannel(AnnounceUnavailable("slowly", wait=1.0))
    with_ports = ports(MemoryStore(), slack=slack)
    assert statuses(run(with_ports)) == [("slack", "sent")]
    assert isinstance(with_ports.pause, Pauses)
    assert 1.0 in with_ports.pause.taken


def test_a_bug_fails_no_run() -> None:
    class Broken(FakeChannel):
        def send(self, message: object) -> None:
            raise ZeroDivisionError("secret")

    report = run(ports(MemoryStore(), slack=Broken()))
    assert statuses(report) == [("slack", "failed")]
    assert [str(one) for one in report.errors()] == ["an unexpected ZeroDivisionError (slack)"]


def test_without_time_nothing_is_claimed() -> None:
    store, slack = MemoryStore(), FakeChannel()
    made = announcing(fakes.ports(SOURCE, store), left=lambda: 9.0, channels={"slack": slack})
    assert run(made).announcements == AnnounceReport()
    assert (slack.asked, told(store)) == (0, {"slack": {"status": "waiting"}})


def test_time_that_ends_between_channels_leaves_the_rest_to_the_next_run() -> None:
    store, slack, event = MemoryStore(), FakeChannel(), FakeChannel()

    def left() -> float:
        return 60.0 if slack.asked == 0 else 5.0

    report = run(
        announcing(fakes.ports(SOURCE, store), left=left, channels={"slack": slack, "event": event})
    )
    assert statuses(report) == [("slack", "sent"), ("event", "failed")]
    run(ports(store, slack=slack, event=event), NOW + timedelta(hours=1))
    assert (len(slack.messages), len(event.messages)) == (1, 1)


def test_a_withdrawn_paper_is_not_announced() -> None:
    store, slack = MemoryStore(), FakeChannel()
    run(fakes.ports(SOURCE, store))
    edition = store.objects[keys.edition_json(DAY)]
    document = json.loads(edition.body)
    document["papers"] = document["papers"][1:]
    document["withdrawn"] = ["2512.00003"]
    body = json.dumps(document).encode()
    store.objects[keys.edition_json(DAY)] = replace(edition, body=body)
    with_ports = ports(store, slack=slack)
    archive = read_archive([DAY.replace(day=1)], [], with_ports).archive
    announce(archive, NOW, with_ports)
    assert [item.id for item in slack.messages[0].items] == ["2512.00002", "2512.00001"]


TOPICAL = replace(STYLE, topics=("agents",))


def test_without_papers_of_the_topics_only_programs_are_told() -> None:
    store, slack, event = MemoryStore(), FakeChannel(), FakeChannel()
    made = announcing(
        fakes.ports(SOURCE, store), TOPICAL, channels={"slack": slack, "event": event}
    )
    assert statuses(run(made)) == [("event", "sent")]
    assert event.messages[0].items == ()
    assert slack.asked == 0


def test_a_week_is_told_once_and_not_to_programs() -> None:
    store, slack, event = MemoryStore(), FakeChannel(), FakeChannel()
    style: AnnounceStyle = replace(STYLE, weekly=True)
    made = announcing(fakes.ports(SOURCE, store), style, channels={"slack": slack, "event": event})
    monday = NOW + timedelta(days=5)
    for hour in range(3):
        run(made, monday + timedelta(hours=hour))
    assert [one.name for one in slack.messages] == ["2025-W52"]
    assert event.messages == []
    assert told(store, "2025-W52") == {"slack": {"status": "sent"}}


def test_new_channels_hear_only_of_the_newest_edition() -> None:
    days = (DAY, DAY + timedelta(days=1))
    source = FakeSource(dict.fromkeys(days, answer(entry(1))))
    store, slack, event = MemoryStore(), FakeChannel(), FakeChannel()
    run(ports(store, source, slack=slack), NOW, days[0])
    run(ports(store, source, slack=slack), NOW + timedelta(days=1), days[1])
    run(ports(store, source, slack=slack, event=event), NOW + timedelta(days=1, hours=1), days[1])
    assert [one.name for one in slack.messages] == [str(day) for day in days]
    assert [one.name for one in event.messages] == [str(days[1])]


def test_what_failed_yesterday_is_tried_again() -> None:
    days = (DAY, DAY + timedelta(days=1))
    source = FakeSource(dict.fromkeys(days, answer(entry(1))))
    store, slack = MemoryStore(), FakeChannel(AnnounceRejected("answered 404"))
    run(ports(store, source, slack=slack), NOW, days[0])
    run(ports(store, source, slack=slack), NOW + timedelta(days=1), days[1])
    # The newest comes first.
    assert [one.name for one in slack.messages] == [str(day) for day in reversed(days)]


def test_what_failed_in_the_month_before_is_tried_again() -> None:
    days = (date(2025, 12, 31), date(2026, 1, 1))
    source = FakeSource(dict.fromkeys(days, answer(entry(1))))
    store, slack = MemoryStore(), FakeChannel(*[AnnounceRejected("answered 404")] * 2)
    for day, hour in ((days[0], 11), (days[1], 11), (days[1], 23)):
        now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        store.time = now.timestamp()
        run(ports(store, source, slack=slack), now, day)
    assert [one.name for one in slack.messages] == [str(day) for day in reversed(days)]


DAYS = tuple(date(2025, 12, number) for number in (22, 23, 24, 25))
WEEK = FakeSource(dict.fromkeys(DAYS, answer(entry(1), entry(2))))


def times(*days_and_hours: tuple[int, int]) -> list[datetime]:
    return [datetime(2025, 12, day, hour, tzinfo=UTC) for day, hour in days_and_hours]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (times((22, 11), (23, 11), (24, 11), (25, 11)), "22 23 24"),
        # One run is missed, or each second one, or two that follow each other.
        (times((22, 11), (24, 11), (25, 11)), "23 22 24"),
        (times((23, 11), (25, 11)), "22 24 23"),
        (times((22, 11), (23, 23), (24, 11), (24, 23)), "23 22 24"),
    ],
)
def test_an_edition_is_told_later_if_the_run_at_its_time_is_missed(
    when: list[datetime], expected: str
) -> None:
    store, slack = MemoryStore(), FakeChannel()
    style = replace(STYLE, at=time(21), time_zone="Asia/Seoul")
    for now in when:
        store.time = now.timestamp()
        days = tuple(day for day in DAYS if 0 <= (now.date() - day).days <= 1)
        made = announcing(fakes.ports(WEEK, store), style, channels={"slack": slack})
        publish.run(RunRequest(days, now), made)
    assert " ".join(one.name[-2:] for one in slack.messages) == expected


class Away(FakeChannel):
    """A channel that cannot be reached, which takes time to notice."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        super().__init__()
        self._clock, self._seconds = clock, seconds

    def send(self, message: Message) -> None:
        self.asked += 1
        self._clock[0] += self._seconds
        raise AnnounceUnavailable(f"cannot be reached for {message.name}")


def _left(clock: list[float], end: float) -> Callable[[], float]:
    return lambda: end - clock[0]


@pytest.mark.parametrize("order", [("slack", "event"), ("event", "slack")])
@pytest.mark.parametrize("seconds", [5.0, 9.9])
def test_a_channel_that_is_away_keeps_no_other_from_hearing(
    order: tuple[str, ...], seconds: float
) -> None:
    clock = [0.0]
    store, away, event = MemoryStore(), Away(clock, seconds), FakeChannel()
    channels = {name: {"slack": away, "event": event}[name] for name in order}
    for day in DAYS:
        now = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
        left = _left(clock, clock[0] + 30.0)
        made = announcing(fakes.ports(WEEK, store), left=left, channels=channels)
        store.time = now.timestamp()
        publish.run(RunRequest((day,), now), made)
    assert [one.name for one in event.messages] == [str(day) for day in DAYS]
    # Each run asks it once.
    assert away.asked == len(DAYS)


def test_records_have_little_more_time_than_channels() -> None:
    left = [60.0]

    class Slow(MemoryStore):
        def put(self, artifact: Artifact, *, replaces: str | None) -> str:
            if artifact.key.startswith(keys.TOLD):
                left[0] -= 20.0
                raise StoreError("does not answer", artifact.key)
            return super().put(artifact, replaces=replaces)

    store, slack = Slow(), FakeChannel()
    report = run(
        announcing(fakes.ports(SOURCE, store), left=lambda: left[0], channels={"slack": slack})
    )
    assert [str(error) for error in report.errors()] == [f"does not answer ({keys.told(str(DAY))})"]
    assert (slack.asked, left[0]) == (0, -20.0)


class Shared(MemoryStore):
    """A store that several threads may use at once."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()

    def get(self, key: str) -> StoredObject | None:
        with self._lock:
            return super().get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        with self._lock:
            return super().put(artifact, replaces=replaces)


def test_of_forty_runs_at_once_one_tells_each_channel() -> None:
    store, slack, event = Shared(), FakeChannel(), FakeChannel()
    run(fakes.ports(SOURCE, store))
    together = Barrier(40)

    def tell(number: int) -> RunReport:
        together.wait(timeout=60)
        made = announcing(
            fakes.ports(SOURCE, store, pauses=1000), channels={"slack": slack, "event": event}
        )
        return run(replace(made, token=lambda: f"run {number}"))

    with ThreadPoolExecutor(40) as pool:
        reports = list(pool.map(tell, range(40)))
    assert [error for report in reports for error in report.errors()] == []
    assert (slack.asked, event.asked) == (1, 1)


class Interrupted(BaseException):
    """The process ends here."""


class Interrupting(FakeChannel):
    """Ends the process instead of sending, or after it has sent."""

    def __init__(self, *, after: bool) -> None:
        super().__init__()
        self._after = after

    def send(self, message: Any) -> None:
        if self._after:
            super().send(message)
        raise Interrupted


@pytest.mark.parametrize("after", [False, True])
def test_a_claim_ends_and_the_next_run_tells(after: bool) -> None:
    store, first, second = MemoryStore(), Interrupting(after=after), FakeChannel()
    with pytest.raises(Interrupted):
        run(ports(store, slack=first))
    run(ports(store, slack=second), NOW + timedelta(minutes=1))
    assert second.asked == 0
    store.time += DURATION
    run(ports(store, slack=second), NOW + timedelta(minutes=3))
    assert len(second.messages) == 1


class Losing(MemoryStore):
    """Takes what is put, but its answer is lost, for the first puts of a record."""

    def __init__(self, losses: int, *, takes: bool) -> None:
        super().__init__()
        self._losses, self._takes = losses, takes

    def put(self, artifact: Artifact, *, replaces: str | None) -> str:
        if not artifact.key.startswith(keys.TOLD) or self._losses == 0:
            return super().put(artifact, replaces=replaces)
        self._losses -= 1
        if self._takes:
            super().put(artifact, replaces=replaces)
        raise StoreError("no answer", artifact.key)


@pytest.mark.parametrize("takes", [True, False])
@pytest.mark.parametrize("losses", [1, 2, 3])
def test_a_record_survives_lost_answers(losses: int, takes: bool) -> None:
    store, slack = Losing(losses, takes=takes), FakeChannel()
    with_ports = ports(store, slack=slack)
    report = run(with_ports)
    assert (report.errors(), slack.asked) == ([], 1)
    run(with_ports, NOW + timedelta(hours=1))
    assert slack.asked == 1
    assert told(store) == {"slack": {"status": "sent"}}


def test_a_record_that_cannot_be_written_is_an_error_and_fails_nothing() -> None:
    store, slack = Losing(1000, takes=False), FakeChannel()
    report = run(ports(store, slack=slack))
    assert report.announcements
    assert (slack.asked, type(report.announcements.error)) == (0, StoreError)
    assert report.error is None


def test_a_record_that_cannot_be_read_tells_nobody() -> None:
    store, slack = MemoryStore(), FakeChannel()
    store.put(keys.artifact(keys.told(str(DAY)), b"[]"), replaces=None)
    report = run(ports(store, slack=slack))
    assert slack.asked == 0
    (error,) = report.errors()
    assert "is not a record of announcements: delete it to announce again" in str(error)


def test_a_record_that_cannot_be_read_stops_no_other_edition() -> None:
    days = (DAY, DAY + timedelta(days=1))
    source = FakeSource(dict.fromkeys(days, answer(entry(1))))
    store, slack = MemoryStore(), FakeChannel()
    store.put(keys.artifact(keys.told(str(DAY)), b"[]"), replaces=None)
    report = run(ports(store, source, slack=slack), NOW + timedelta(days=1), *days)
    assert [one.name for one in slack.messages] == [str(days[1])]
    assert len(report.errors()) == 1


def test_records_are_read_as_they_are_written() -> None:
    record = Record(
        "2025-12-24",
        {
            SLACK: Told(ToldStatus.CLAIMED, "token", 12.5),
            EVENT: Told(ToldStatus.FAILED, error="answered 410"),
        },
    )
    assert read(render(record)) == record


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b'{"schema_version": 2}'),
        b'{"schema_version": 1, "channels": {"fax": {}}}',
        b'{"schema_version": 1, "name": "x", "channels": {"slack": {"status": "seen"}}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_record_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(body)


def _records(store: MemoryStore, token: str) -> Records:
    return Records(store, token, Pauses(10))


def test_a_late_failure_replaces_no_other_claim() -> None:
    store = MemoryStore()
    late, other = _records(store, "late"), _records(store, "other")
    assert late.claim("x", [SLACK]) == [SLACK]
    assert other.claim("x", [SLACK]) == []
    store.time += DURATION
    assert other.claim("x", [SLACK]) == [SLACK]
    late.write("x", SLACK, Told(ToldStatus.FAILED))
    assert told(store, "x")["slack"]["status"] == "claimed"
    late.write("x", SLACK, Told(ToldStatus.SENT))
    assert told(store, "x") == {"slack": {"status": "sent"}}
    other.write("x", SLACK, Told(ToldStatus.FAILED))
    assert told(store, "x") == {"slack": {"status": "sent"}}


def test_what_waits_is_claimed_also_when_it_is_no_longer_the_newest() -> None:
    store = MemoryStore()
    records = _records(store, "one")
    records.note("x", [SLACK])
    assert told(store, "x") == {"slack": {"status": "waiting"}}
    assert records.claim("x", [SLACK, EVENT], again=True) == [SLACK]
    records.write("x", SLACK, Told(ToldStatus.SENT))
    records.note("x", [SLACK, EVENT])
    assert told(store, "x") == {"event": {"status": "waiting"}, "slack": {"status": "sent"}}


def test_a_record_that_always_changes_is_a_conflict() -> None:
    class Changing(MemoryStore):
        def put(self, artifact: Artifact, *, replaces: str | None) -> str:
            raise StoreConflict("was changed", artifact.key)

    with pytest.raises(StoreConflict):
        _records(Changing(), "one").claim("x", [SLACK])
