"""`paperboy withdraw` as a person uses it."""

import json
from datetime import date
from pathlib import Path

import pytest

from core.archive.ports import Ports
from core.archive.state import Archive
from core.archive.withdraw import withdraw as rehearse_or_withdraw
from core.model.changes import Change
from core.model.report import RunRequest
from handler.cli import terminal
from handler.cli import withdraw as command_withdraw
from tests.support import sample
from tests.support.command import Done, Paperboy, tree
from tests.support.papers import answer, entry

DAY, PAPER, TITLE = "2025-12-24", "2512.20619", b"SemanticGen"
WHAT = "paper 1 of 2025-12-24, SemanticGen: Video Generation in Semantic Space (2512.20619)"
WITHDRAWN = f"withdrawn: {WHAT}\n27 objects updated in public\n"
UNCHECKED = "the blog was not checked: PAPERBOY_BLOG_REPOSITORY is not set\n"


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Paperboy:
    """Return the command in a directory with an archive of two days."""
    command = Paperboy(tmp_path, monkeypatch, capsys)
    (tmp_path / "before.json").write_bytes(answer(entry(1), entry(2)))
    for day, payload in (("2025-12-23", "before.json"), (DAY, str(sample.PAYLOAD))):
        assert command("run", "--date", day, "--payload", payload).status == 0
    return command


def told(place: Path, text: bytes) -> list[str]:
    return [key for key, body in tree(place / "public").items() if text in body]


def test_a_paper_goes_and_stays_away(run: Paperboy, tmp_path: Path) -> None:
    done = run("withdraw", "--date", DAY, "--paper", PAPER)
    assert done == Done(0, WITHDRAWN, UNCHECKED)
    assert told(tmp_path, TITLE) == []
    assert run("run", "--date", DAY, "--payload", str(sample.PAYLOAD)).status == 0
    assert told(tmp_path, TITLE) == []


def test_an_edition_goes_and_stays_away(run: Paperboy, tmp_path: Path) -> None:
    done = run("withdraw", "--date", DAY, "--verbose")
    assert done.out.startswith("withdrawn: the edition of 2025-12-24, 16 papers\n")
    assert "updated    public/daily/2025-12-24.html  (differs;" in done.out
    assert told(tmp_path, TITLE) == []
    done = run("run", "--date", DAY, "--payload", str(sample.PAYLOAD))
    assert done.out.startswith("2025-12-24 unchanged: it was withdrawn\n")
    assert told(tmp_path, TITLE) == []


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        (("--paper", PAPER), "already withdrawn: paper 2512.20619 of 2025-12-24\n"),
        ((), "already withdrawn: the edition of 2025-12-24, 0 papers\n"),
    ],
)
def test_a_second_time_changes_nothing(
    run: Paperboy, tmp_path: Path, paper: tuple[str, ...], said: str
) -> None:
    run("withdraw", "--date", DAY, *paper)
    before = files(tmp_path / "public")
    done = run("withdraw", "--date", DAY, *paper)
    assert (done.status, done.out) == (0, said)
    assert files(tmp_path / "public") == before


def files(place: Path) -> dict[str, bytes]:
    """Return what is published, without the state."""
    return {key: body for key, body in tree(place).items() if not key.startswith("state/")}


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        ("y", WITHDRAWN),
        ("Yes ", WITHDRAWN),
        ("n", "nothing was withdrawn\n"),
        ("", "nothing was withdrawn\n"),
        # The end of the input is on the question's line.
        (None, "\nnothing was withdrawn\n"),
    ],
)
def test_in_a_terminal_it_asks(
    run: Paperboy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str | None,
    ended: str,
) -> None:
    asked: list[str] = []

    def reply(question: str) -> str:
        asked.append(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr(terminal, "can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", reply)
    before = files(tmp_path / "public")
    done = run("withdraw", "--date", DAY, "--paper", PAPER)
    assert asked == ["Withdraw it permanently from public? [y/N] "]
    assert done.out == f"{WHAT}\n27 objects would be updated in public\n{ended}"
    is_withdrawn = ended == WITHDRAWN
    assert done.status == int(not is_withdrawn)
    assert (files(tmp_path / "public") != before) is is_withdrawn


def test_the_time_for_an_answer_does_not_count(
    run: Paperboy, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 0.0
    has_time: list[bool] = []

    def reply(_question: str) -> str:
        nonlocal clock
        clock += command_withdraw.PATIENCE
        return "y"

    def withdraw(
        day: date, paper: str | None, request: RunRequest, ports: Ports
    ) -> tuple[Archive, tuple[Change, ...]]:
        has_time.append(ports.pause(1))
        return rehearse_or_withdraw(day, paper, request, ports)

    monkeypatch.setattr(terminal, "can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", reply)
    monkeypatch.setattr("handler.bootstrap.time.sleep", lambda _: None)
    monkeypatch.setattr(command_withdraw, "monotonic", lambda: clock)
    monkeypatch.setattr(command_withdraw, "withdraw", withdraw)
    assert run("withdraw", "--date", DAY).status == 0
    # Once for what is shown, once after the answer.
    assert has_time == [True, True]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--dry-run",),
            (f"would be withdrawn: {WHAT}\n27 objects would be updated in public\n", UNCHECKED),
        ),
        (("--yes",), (WITHDRAWN, UNCHECKED)),
        (("--yes", "--quiet"), ("", "")),
    ],
)
def test_without_a_question(
    run: Paperboy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    said: tuple[str, str],
) -> None:
    def refuse(_question: str) -> str:
        raise AssertionError("it asked")

    monkeypatch.setattr(terminal, "can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", refuse)
    before = files(tmp_path / "public")
    assert run("withdraw", "--date", DAY, "--paper", PAPER, *options) == Done(0, *said)
    assert (files(tmp_path / "public") == before) is (options == ("--dry-run",))


def test_the_doctor_names_the_command_for_what_is_there_again(
    run: Paperboy, tmp_path: Path
) -> None:
    (payload,) = (tmp_path / "public" / "raw" / DAY).iterdir()
    body = payload.read_bytes()
    assert run("withdraw", "--date", DAY).status == 0
    payload.write_bytes(body)
    done = run("doctor", "--out", "public", PAPERBOY_SOURCE="file:.")
    assert f"→ paperboy withdraw --out public --date {DAY}\n" in done.out


def test_a_dry_run_only_tells(run: Paperboy, tmp_path: Path) -> None:
    before = tree(tmp_path / "public")
    done = run("withdraw", "--date", DAY, "--dry-run", "--json")
    report = json.loads(done.out)
    assert (report["rank"], report["title"], report["already_withdrawn"]) == (None, None, False)
    keys = [change["key"] for change in report["objects"]]
    assert {"daily/2025-12-24.json", "latest.json", "index.html"} <= set(keys)
    assert tree(tmp_path / "public") == before


@pytest.mark.parametrize(
    "settings",
    [
        {"PAPERBOY_LANGUAGE": "en"},
        {"PAPERBOY_SITE_URL": "https://papers.example"},
        {"PAPERBOY_AUTHOR": "Ada"},
    ],
    ids=lambda one: next(iter(one)),
)
@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_an_archive_of_other_settings_is_left_as_it_is(
    run: Paperboy, tmp_path: Path, settings: dict[str, str], dry_run: tuple[str, ...]
) -> None:
    before = tree(tmp_path / "public")
    done = run("withdraw", "--date", DAY, *dry_run, **settings)
    assert done.status == 1
    assert "nothing was withdrawn, because the archive was made with other settings" in done.err
    assert tree(tmp_path / "public") == before


@pytest.mark.parametrize(
    ("options", "status", "problem"),
    [
        (("--date", "2025-12-22"), 1, "StoreError: there is no such edition"),
        (("--date", DAY, "--paper", "1"), 1, "StoreError: has no paper 1; its papers have ids"),
        (("--date", "2023-05-01"), 1, "InvalidEvent: 2023-05-01 in --date"),
        ((), 2, "--date"),
    ],
)
def test_what_is_wrong_is_told(
    run: Paperboy, options: tuple[str, ...], status: int, problem: str
) -> None:
    done = run("withdraw", *options)
    assert done.status == status
    assert problem in done.err
