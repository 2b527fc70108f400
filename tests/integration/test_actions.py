"""The steps of a backfill, invoked as the state machine does, on a directory."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.model.errors import InvalidEvent, PayloadError, SourceRejected
from handler import events
from tests.support.context import invoke
from tests.support.papers import answer, entry
from tests.support.servers import Answer, replay_huggingface

STATE_DATA = 256 * 1024
NOW = "2026-01-10T02:00:00Z"
DAYS = [date(2025, 12, 29) + timedelta(days=number) for number in range(5)]
EMPTY, BAD = "2025-12-31", "2026-01-01"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the function a source of some days, and an empty directory to publish into."""
    for number, day in enumerate(DAYS):
        body = answer(entry(2 * number), entry(2 * number + 1))
        (tmp_path / f"{day}.json").write_bytes(b"[]" if str(day) == EMPTY else body)
    (tmp_path / f"{BAD}.json").write_bytes(b"<html>")
    monkeypatch.setenv("PAPERBOY_SOURCE", tmp_path.as_uri())
    monkeypatch.setenv("PAPERBOY_STORE", (tmp_path / "public").as_uri())
    return tmp_path


def step(action: str, **event: object) -> dict[str, object]:
    return invoke({"action": action, "scheduled_time": NOW, **event})


def bring(*days: object) -> list[dict[str, object]]:
    return [step("edition", date=str(day), pace=4) for day in days]


def published(place: Path) -> dict[Path, bytes]:
    """Return the files that readers are to find."""
    files = (path for path in place.glob("public/**/*.*") if path.parent.name != "state")
    return {path: path.read_bytes() for path in files}


def test_a_plan_holds_all_days_and_months() -> None:
    assert step("plan", **{"from": "2025-12-29", "to": "2026-01-02", "concurrency": 4}) == {
        "dates": [str(day) for day in DAYS],
        "months": ["2025-12", "2026-01"],
        "pace": 4,
    }


@pytest.mark.parametrize(("at_once", "pace"), [(1, 1), (4, 4), (5, 4), (10, 8), (40, 32)])
def test_the_pace_keeps_within_the_quota(at_once: int, pace: int) -> None:
    told = step("plan", **{"from": "2026-01-01", "concurrency": at_once})
    assert told["pace"] == pace
    assert at_once / pace <= 500 / 300


def test_the_longest_plan_fits_into_a_state_machine() -> None:
    dates = ["2025-12-24"] * events.MOST_DAYS
    results = [{"date": day, "status": "published"} for day in dates]
    assert len(json.dumps({"dates": dates, "days": results})) < STATE_DATA


def test_days_and_their_catalog(place: Path) -> None:
    assert bring(*DAYS[:3]) == [
        {"date": "2025-12-29", "status": "published", "wait": 0},
        {"date": "2025-12-30", "status": "published", "wait": 0},
        {"date": "2025-12-31", "status": "empty", "wait": 0},
    ]
    assert not (place / "public/index.html").exists()
    assert step("catalog", **{"from": "2025-12", "to": "2026-01"}) == {"next": None}
    assert "2025-12-30" in (place / "public/index.html").read_text()
    assert bring(DAYS[0]) == [{"date": "2025-12-29", "status": "unchanged", "wait": 0}]
    assert all(len(json.dumps(told)) < 100 for told in bring(*DAYS[:3]))


def test_after_each_request_there_is_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    two_pages = answer(*(entry(number) for number in range(150)))
    days: dict[str, bytes | Answer] = {"2025-12-29": answer(entry(1)), "2025-12-30": two_pages}
    with replay_huggingface(days) as server:
        monkeypatch.setenv("PAPERBOY_SOURCE", server.url)
        told = bring("2025-12-29", "2025-12-30", "2025-12-29")
    assert [one["wait"] for one in told] == [4, 8, 0]


def test_a_failed_day_raises_its_own_class() -> None:
    with pytest.raises(PayloadError, match=f"{BAD} PayloadError: the answer is not JSON"):
        bring(BAD)
    with pytest.raises(SourceRejected):
        bring("2025-12-01")


def test_without_a_blog_nothing_is_committed() -> None:
    told = step("commit", **{"from": "2025-12-29", "to": "2026-01-02"})
    assert told == {"status": "none", "commit": None, "url": None}


def test_a_month_is_made_again_without_the_source(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(*DAYS[:3])
    step("catalog", **{"from": "2025-12", "to": "2025-12"})
    files = published(place)
    monkeypatch.setenv("PAPERBOY_SOURCE", "file:///nowhere")
    assert step("rebuild", month="2025-12") == {"month": "2025-12", "editions": 2, "changed": 0}
    for path in ("daily/2025-12-29.json", "daily/2025-12-30.html", "monthly/2025-12.html"):
        (place / "public" / path).write_text("broken")
    assert step("rebuild", month="2025-12") == {"month": "2025-12", "editions": 2, "changed": 1}
    assert published(place) == files


def test_an_unreadable_payload_does_not_stop_others(place: Path) -> None:
    bring(*DAYS[:3])
    step("catalog", **{"from": "2025-12", "to": "2025-12"})
    (raw,) = (place / "public/raw/2025-12-29").iterdir()
    raw.write_bytes(b"no gzip")
    (place / "public/daily/2025-12-30.html").unlink()
    with pytest.raises(PayloadError, match=rf"2025-12-29 .*{raw.name}.*done: 2025-12-30"):
        step("rebuild", month="2025-12")
    assert (place / "public/daily/2025-12-30.html").exists()


@pytest.fixture
def archive(place: Path) -> Path:
    """Return a directory with an archive of three months."""
    for number, day in enumerate((date(2025, 10, 31), date(2025, 11, 3))):
        (place / f"{day}.json").write_bytes(answer(entry(90 + number)))
    bring("2025-10-31", "2025-11-03", *DAYS[:2])
    step("catalog", **{"from": "2025-10", "to": "2025-12"})
    return place / "public"


def test_a_check_makes_right(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = published(archive.parent)
    assert step("check") == {"objects": 0, "next": None}
    (archive / "index.html").unlink()
    (archive / "daily/2025-11-03.html").write_text("edited")
    capsys.readouterr()
    assert step("check") == {"objects": 2, "next": None}
    assert '"ObjectsRepaired":[2.0]' in capsys.readouterr().out.replace(" ", "")
    assert published(archive.parent) == before


def test_a_check_goes_on_where_it_ended(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a week one begins; on the other days, what it left is continued."""
    before = published(archive.parent)
    assert step("check", **{"continue": True}) == {"objects": 0, "next": None}
    for page in archive.glob("monthly/*.html"):
        page.write_text("edited")
    monkeypatch.setattr("handler.backfill_steps.FOR_A_MONTH", 1000.0)
    assert step("check") == {"objects": 1, "next": "2025-11"}
    assert step("check", **{"continue": True}) == {"objects": 1, "next": "2025-12"}
    assert step("check", **{"continue": True}) == {"objects": 1, "next": None}
    assert published(archive.parent) == before
    assert step("check", **{"continue": True}) == {"objects": 0, "next": None}
    (archive / "state/check.json").write_text("edited")
    assert step("check", **{"continue": True}) == {"objects": 0, "next": None}
    assert step("check") == {"objects": 0, "next": "2025-11"}


def test_a_catalog_goes_on_where_it_ended(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(*DAYS[:2], "2026-01-02")
    monkeypatch.setattr("handler.backfill_steps.FOR_A_MONTH", 1000.0)
    assert step("catalog", **{"from": "2025-12", "to": "2026-01"}) == {"next": "2026-01"}
    assert step("catalog", **{"from": "2026-01", "to": "2026-01"}) == {"next": None}
    assert "2026-01-02" in (place / "public/index.html").read_text()


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ({"action": "delete"}, "action must be one of plan, edition"),
        ({"action": 1}, "action must be one of"),
        ({"action": "plan"}, "from must be a day like 2025-12-24, not None"),
        ({"action": "plan", "from": "2026-01-05", "to": "2026-01-04"}, "from .* is after to"),
        ({"action": "plan", "from": "2023-05-03"}, "2023-05-03 in from"),
        ({"action": "plan", "from": "2026-01-01", "to": "2026-01-11"}, "2026-01-11 in to"),
        ({"action": "plan", "from": "1998-01-01"}, "are 10,237 days: at most 3,700 are allowed"),
        ({"action": "plan", "from": "2026-01-01", "concurrency": 0}, "concurrency must be 1 to 40"),
        ({"action": "plan", "from": "2026-01-01", "host": "x"}, "unknown key 'host'; plan takes"),
        ({"action": "edition"}, "date must be a day"),
        ({"action": "edition", "date": "2026-01-11"}, "2026-01-11 in date"),
        ({"action": "edition", "date": "2026-01-01", "pace": -1}, "pace must be 0 to 3600, not -1"),
        ({"action": "edition", "date": "2026-01-01", "force": 1}, "force must be true or false"),
        ({"action": "catalog", "from": "2025-13", "to": "2026-01"}, "from must be a month"),
        ({"action": "rebuild", "month": "2025-12-01"}, "month must be a month like 2025-12"),
        ({"action": "edition", "date": "2026-01-01", "pace": True}, "pace must be 0 to 3600"),
        ({"action": "edition", "date": "2026-01-01", "pace": 10**4299}, "pace must be 0 to 3600"),
        ({"action": "catalog", "from": "0001-01", "to": "9999-12"}, " in from must"),
        ({"action": "rebuild", "month": "2026-02"}, "2026-02 in month"),
        (
            {"action": "plan"} | {f"key{n}": 1 for n in range(5000)},
            "unknown key 'key0', 'key1', 'key2' and 4,997 more; plan takes from, to",
        ),
        (
            {"action": "catalog", "from": "2025-12", "to": "2025-11"},
            "from 2025-12 is after to 2025-11",
        ),
        ({"action": "commit", "from": "2026-01-01", "force": 1}, "force must be true or false"),
        ({"action": "rebuild", "month": None}, "month must be a month like 2025-12"),
        ({"action": "check", "continue": 1}, "continue must be true or false"),
        ({"action": "check", "month": "2025-12"}, "unknown key 'month'; check takes continue"),
    ],
)
def test_wrong_events_are_told(event: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidEvent, match=problem):
        invoke({"scheduled_time": NOW, **event})
