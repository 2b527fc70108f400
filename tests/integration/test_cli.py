"""The command line as a person uses it: exit codes, what is printed, and what is written."""

import gzip
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from core import VERSION
from tests.support import keys, sample
from tests.support.papers import answer, entry
from tests.support.servers import Answer, replay_huggingface, s3_server

DAY = "2025-12-24"
SAMPLE = ("--date", DAY, "--payload", str(sample.PAYLOAD))
PAPERBOY = (sys.executable, "-m", "handler.cli")


def paperboy(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a directory, as a program."""
    return subprocess.run(
        [*PAPERBOY, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(sample.ROOT / "src"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def files(directory: Path) -> list[str]:
    return sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file())


WRITTEN = keys.archive([date(2025, 12, 24)], ["raw/2025-12-24/2ec0a3216cd9e413.json.gz"])
PUBLISHED = [name for name in WRITTEN if not name.startswith("state/")]


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ((), "public"),
        (("--out", "here"), "here"),
        (("--out", "with space#?%41"), "with space#?%41"),
        (("--out", "here", "--prefix", "/papers/"), "here/papers"),
        (("--prefix", "papers"), "public/papers"),
    ],
)
def test_run_writes_the_edition(tmp_path: Path, options: Sequence[str], where: str) -> None:
    done = paperboy("run", *SAMPLE, *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert files(tmp_path) == [f"{where}/{name}" for name in WRITTEN]
    assert done.stdout.splitlines() == [
        "2025-12-24 published: 16 papers, 254 votes",
        f"{len(PUBLISHED)} objects created in {where}",
    ]


def test_verbose_lists_objects(tmp_path: Path) -> None:
    done = paperboy("run", *SAMPLE, "--verbose", cwd=tmp_path)
    assert done.stdout.startswith("2025-12-24 published: 16 papers, 254 votes\n")
    for name in PUBLISHED:
        assert f"created    public/{name}  (new; " in done.stdout


@pytest.mark.parametrize(
    ("payload", "status", "errors"), [(str(sample.PAYLOAD), 0, 0), ("nowhere.json", 1, 1)]
)
def test_quiet_prints_errors_only(tmp_path: Path, payload: str, status: int, errors: int) -> None:
    done = paperboy("run", "--date", DAY, "--payload", payload, "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", errors)


def test_top_and_settings_shape_the_post(tmp_path: Path) -> None:
    done = paperboy("run", *SAMPLE, "--top", "3", cwd=tmp_path, PAPERBOY_LANGUAGE="en")
    assert done.returncode == 0
    post = (tmp_path / "public" / "latest.md").read_text("utf-8")
    assert "**3 papers** were collected." in post


def test_json_prints_the_report(tmp_path: Path) -> None:
    done = paperboy("run", *SAMPLE, "--json", "--now", "2025-12-24T14:00:00Z", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert report["scheduled_time"] == "2025-12-24T14:00:00Z"
    assert [edition["status"] for edition in report["editions"]] == ["published"]


def test_a_dry_run_says_what_and_why_and_writes_nothing(tmp_path: Path) -> None:
    done = paperboy("run", *SAMPLE, "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "2025-12-24 would be published: 16 papers, 254 votes",
        f"{len(PUBLISHED)} objects would be created in public",
    ]
    done = paperboy("run", *SAMPLE, "--dry-run", "--verbose", cwd=tmp_path)
    assert "would be created    public/daily/2025-12-24.json  (new; " in done.stdout
    assert files(tmp_path) == []


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    paperboy("run", *SAMPLE, cwd=tmp_path)
    done = paperboy("run", *SAMPLE, cwd=tmp_path)
    assert done.stdout == "2025-12-24 unchanged: 16 papers, 254 votes\n"


def test_other_settings_change_a_day_that_stays(tmp_path: Path) -> None:
    paperboy("run", *SAMPLE, cwd=tmp_path)
    english = {"PAPERBOY_LANGUAGE": "en"}
    dry = paperboy("run", *SAMPLE, "--dry-run", cwd=tmp_path, **english)
    done = paperboy("run", *SAMPLE, cwd=tmp_path, **english)
    day, objects = done.stdout.splitlines()
    assert day == "2025-12-24 unchanged: 16 papers, 254 votes"
    assert re.fullmatch(r"\d+ objects updated in public", objects)
    assert dry.stdout.replace("would be ", "") == done.stdout
    for post in ("latest.md", "daily/2025-12-24.md"):
        text = (tmp_path / "public" / post).read_text("utf-8")
        assert "**10 papers** were collected." in text
    again = paperboy("run", *SAMPLE, cwd=tmp_path, **english)
    assert again.stdout == f"{day}\n"


def test_other_papers_are_an_update(tmp_path: Path) -> None:
    for number, papers in enumerate(([entry(1)], [entry(1, upvotes=7), entry(2)])):
        payload = tmp_path / f"{number}.json"
        payload.write_bytes(answer(*papers))
        done = paperboy("run", "--date", DAY, "--payload", payload.name, cwd=tmp_path)
    first = done.stdout.splitlines()[0]
    assert re.fullmatch(r"2025-12-24 updated: 1 → 2 papers, \d+ → \d+ votes", first)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2025-12-20", "2025-12-20 no papers (a weekend)\n"),
        (DAY, "2025-12-24 the source lists no papers; the 16 published ones stay\n"),
    ],
)
def test_a_source_without_papers(tmp_path: Path, day: str, said: str) -> None:
    paperboy("run", *SAMPLE, cwd=tmp_path)
    (tmp_path / "none.json").write_bytes(b"[]")
    done = paperboy("run", "--date", day, "--payload", "none.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, said)


@pytest.mark.parametrize(("options", "status"), [((), "refused"), (("--force",), "published")])
def test_force_overrides_the_guard(tmp_path: Path, options: Sequence[str], status: str) -> None:
    done = paperboy(
        "run", "--date", "2025-12-23", "--payload", str(sample.PAYLOAD), *options, cwd=tmp_path
    )
    assert done.returncode == 0
    assert f"2025-12-23 {status}: 16 " in done.stdout
    reason = "16 of 16 papers belong to another day; nothing is published"
    assert (reason in done.stdout) == (status == "refused")


def test_without_a_date_it_is_the_utc_day_of_now(tmp_path: Path) -> None:
    now = "2025-12-25T08:00:00+09:00"
    done = paperboy("run", "--payload", str(sample.PAYLOAD), "--now", now, cwd=tmp_path)
    assert done.stdout.startswith("2025-12-24 published")


def test_a_live_run_asks_the_source_and_publishes_to_s3(tmp_path: Path) -> None:
    days = {DAY: answer(entry(1)), "2025-12-23": answer(entry(2))}
    with replay_huggingface(days) as source, s3_server("papers") as s3:
        done = paperboy(
            "run", "--date", DAY, "--date", "2025-12-23", "--bucket", "papers", "--prefix", "site",
            "--verbose", cwd=tmp_path, PAPERBOY_SOURCE=source.url, AWS_ENDPOINT_URL_S3=s3.url,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert [request.query["date"] for request in source.requests] == [DAY, "2025-12-23"]
        assert "created    s3://papers/site/latest.json" in done.stdout
        assert {request.path.split("/")[2] for request in s3.writes()} == {"site"}


def test_one_bad_day_is_one_line_and_exit_1(tmp_path: Path) -> None:
    days: dict[str, bytes | Answer] = {
        DAY: answer(entry(1)),
        "2025-12-23": Answer(400, b'{"error": "no"}'),
    }
    with replay_huggingface(days) as source:
        asked = ("--date", "2025-12-23", "--date", DAY)
        done = paperboy("run", *asked, cwd=tmp_path, PAPERBOY_SOURCE=source.url)
        debugged = paperboy("run", *asked, "--debug", cwd=tmp_path, PAPERBOY_SOURCE=source.url)
    assert done.returncode == debugged.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("paperboy: SourceRejected: answered 400: no (2025-12-23, http://127.")
    assert "2025-12-24 published" in done.stdout
    assert "Traceback" in debugged.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("--date", "2999-01-01"), {}, "InvalidEvent: 2999-01-01 in --date must be"),
        (("--date", "2023-05-03"), {}, "InvalidEvent: 2023-05-03 in --date must be"),
        (("--payload", "nothing.json"), {}, "SourceRejected: cannot read: No such file"),
        (
            ("--bucket", "b-b"),
            {"AWS_REGION": "x y"},
            "SettingsError: AWS cannot be used: Provided region_name 'x y'",
        ),
        (
            SAMPLE,
            {"PAPERBOY_LANGUAGE": "fr"},
            "SettingsError: PAPERBOY_LANGUAGE must be one of ko, en",
        ),
        ((*SAMPLE, "--out", "/proc/nowhere"), {}, "StoreError: cannot write: "),
    ],
)
def test_our_own_errors_are_one_line_and_exit_1(
    tmp_path: Path, arguments: Sequence[str], environment: dict[str, str], said: str
) -> None:
    done = paperboy("run", *arguments, cwd=tmp_path, **environment)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"paperboy: {said}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "COMMAND"),
        (("walk",), "invalid choice"),
        (("run", "--dates"), "unrecognized arguments"),
        (("run", "--date", "tomorrow"), "'tomorrow' is not a day like 2025-12-24"),
        (("run", "--date", "2025-13-01"), "is not a day"),
        (("run", "--top", "0"), "'0' is not a number from 1 to 1000"),
        (("run", "--now", "soon"), "'soon' is not like"),
        (("run", "--bucket", "NO"), "'NO' is not the name of a bucket"),
        (("run", "--bucket", ""), "'' is not the name of a bucket"),
        (("run", "--out", ""), "must not be empty"),
        (("run", "--payload", ""), "must not be empty"),
        (("run", "--prefix", "../x"), "'../x' is not like papers/ai"),
        (("run", "--prefix", "x/./y"), "'x/./y' is not like papers/ai"),
        (("run", "--prefix", "a?b"), "'a?b' is not like papers/ai"),
        (("run", "--out", "a", "--bucket", "bbb"), "not allowed with argument"),
        (("run", "--quiet", "--verbose"), "not allowed with argument"),
        (("run", *SAMPLE, "--date", "2025-12-23"), "--payload holds one day"),
    ],
)
def test_wrong_usage_is_exit_2(tmp_path: Path, arguments: Sequence[str], said: str) -> None:
    done = paperboy(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert files(tmp_path) == []


def test_a_broken_gzip_is_one_bad_day(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.json").write_bytes(gzip.compress(b"[]")[:-9] + b"wrong....")
    (tmp_path / "2025-12-23.json").write_bytes(answer(entry(1)))
    done = paperboy("run", "--date", DAY, "--date", "2025-12-23", cwd=tmp_path,
                    PAPERBOY_SOURCE=f"file:{tmp_path}")  # fmt: skip
    assert done.returncode == 1
    assert "PayloadError: broken gzip file" in done.stderr
    assert "2025-12-23 published" in done.stdout


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    script = f"{sys.executable} -m handler.cli run --json --date {DAY} | true"
    environment = {**os.environ, "PYTHONPATH": str(sample.ROOT / "src")}
    environment["PAPERBOY_SOURCE"] = f"file:{sample.PAYLOAD}"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True,
                          text=True, timeout=60, check=True)  # fmt: skip
    assert done.stderr == ""


FULL = "paperboy: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}])
@pytest.mark.parametrize("arguments", [SAMPLE, (*SAMPLE, "--json"), ("--date", "2025-12-20")])
def test_a_full_output_is_one_line_and_exit_1(
    tmp_path: Path, arguments: Sequence[str], buffering: Mapping[str, str]
) -> None:
    (tmp_path / "2025-12-20.json").write_bytes(b"[]")
    settings = {"PYTHONUNBUFFERED": "", "PAPERBOY_SOURCE": f"file:{tmp_path}", **buffering}
    done = into_a_full_device("run", *arguments, cwd=tmp_path, **settings)
    assert (done.returncode, done.stderr) == (1, FULL)
    done = into_a_full_device("--help", cwd=tmp_path, PYTHONUNBUFFERED="")
    assert (done.returncode, done.stderr) == (1, FULL)


def into_a_full_device(
    *arguments: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with a standard output that has no space left."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        return subprocess.run(
            [*PAPERBOY, *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(sample.ROOT / "src"), **environment},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )


# Interrupts itself when a module begins to be imported.
INTERRUPTED = """\
import os, runpy, signal, sys

def interrupt(event, arguments):
    if event == "import" and arguments[0] == {module!r}:
        os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(interrupt)
runpy.run_module("handler.cli", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("handler.cli.main", ""),
        ("argparse", ""),
        ("core.model.errors", ""),
        ("core.render.site", "paperboy: interrupted; every file that was written is complete\n"),
    ],
)
def test_an_interrupt_is_exit_130_at_any_moment(tmp_path: Path, module: str, said: str) -> None:
    code = INTERRUPTED.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", code, "run", *SAMPLE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(sample.ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", said)


OPTIONS = ("--date", "--payload", "--out", "--bucket", "--prefix", "--top", "--now", "--force",
           "--dry-run", "--verbose", "--quiet", "--json", "--debug")  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "taught"),
    [
        (("--help",), ("run", "fetch, rank and publish", "--version", "AWS_REGION", "AWS_PROFILE")),
        (("run", "--help"), (*OPTIONS, "examples:", "PAPERBOY_LANGUAGE=en", "(default: public)")),
    ],
)
def test_help_teaches(tmp_path: Path, arguments: Sequence[str], taught: Sequence[str]) -> None:
    done = paperboy(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(word in done.stdout for word in taught)


def test_version(tmp_path: Path) -> None:
    assert paperboy("--version", cwd=tmp_path).stdout == f"paperboy {VERSION}\n"


def in_a_terminal(arguments: Sequence[str], cwd: Path) -> str:
    """Run the command in a pseudo-terminal and return all that it showed."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*PAPERBOY, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(sample.ROOT / "src"), "TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    try:
        while chunk := os.read(controller, 4096):
            shown += chunk
    except OSError:  # how Linux tells that the other end is closed
        pass
    finally:
        os.close(controller)
        process.wait(30)
    return shown.decode()


def test_a_terminal_has_colours_and_a_bar_for_several_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replay_huggingface({DAY: answer(entry(1))}) as source:
        monkeypatch.setenv("PAPERBOY_SOURCE", source.url)
        asked = ("run", "--date", DAY, "--date", "2025-12-23")
        shown = in_a_terminal(asked, tmp_path)
        piped = paperboy(*asked, cwd=tmp_path)
    assert "\x1b[32mpublished\x1b[0m" in shown
    assert "100%" in shown
    assert "\x1b" not in piped.stdout
    assert piped.stderr == ""
