"""`paperboy topics try` as a person uses it."""

import gzip
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.model import keys
from core.model.paper import WHOLE, Edition
from core.render import json as edition_json
from handler.cli import topics
from tests.support import command
from tests.support import papers as made
from tests.support.command import Paperboy
from tests.support.recorded import SHARED, needs_recorded, recorded_days
from tests.support.servers import s3_server

TOPICS = """\
language = "en"
[[topic]]
id = "agents"
title = { en = "Agents" }
any = ["agent*", "tool use"]
none = ["reagent*"]
[[topic]]
id = "lab"
title = { en = "The lab" }
organizations = ["The Lab"]
min_votes = 3
"""
FIRST = date(2025, 11, 24)
# More than are read at once, and than the default span has.
DAYS = [FIRST + timedelta(days=number) for number in range(topics.NEWEST + 3)]


def edition(day: date) -> Edition:
    """Return an edition with an agent, a reagent, and another paper of the lab."""
    number = day.toordinal() - FIRST.toordinal()
    return made.edition(
        made.paper(900 + number, title="Agents with tool-use", organization=None),
        made.paper(700 + number, title="Agents for reagents", organization=None),
        made.paper(3, title="Other"),
        made.paper(2, title="Too few votes", votes=None),
        day=day,
    )


def files(*editions: Edition) -> Mapping[str, bytes]:
    return {keys.edition_json(one.day): edition_json.render(one) for one in editions}


@pytest.fixture(name="run")
def made_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Paperboy:
    """Return the command in a directory with topics and an archive."""
    (tmp_path / "topics.toml").write_text(TOPICS, "utf-8")
    monkeypatch.setenv("PAPERBOY_CONFIG", "topics.toml")
    others = {"daily/2025-11-24.md": b"a post", "daily/2025-13-01.json": b"{}"}
    command.write(tmp_path / "public", {**files(*map(edition, DAYS)), **others})
    return Paperboy(tmp_path, monkeypatch, capsys)


PRINTED = """\
3 editions, 2025-11-29 to 2025-12-01, 12 papers

agents: Agents
  3 papers, 1.5 a week
  weeks: 2025-W48 2, 2025-W49 1
  most votes:
    date        rank  votes  title [terms]
    2025-12-01     1    907  Agents with tool-use [agent*, tool use]
    2025-11-30     1    906  Agents with tool-use [agent*, tool use]
    2025-11-29     1    905  Agents with tool-use [agent*, tool use]
  closest misses, with the terms of none:
    date        rank  votes  title [terms]
    2025-12-01     2    707  Agents for reagents [reagent*]
    2025-11-30     2    706  Agents for reagents [reagent*]
    2025-11-29     2    705  Agents for reagents [reagent*]

lab: The lab
  3 papers, 1.5 a week
  weeks: 2025-W48 2, 2025-W49 1
  most votes:
    date        rank  votes  title [terms]
    2025-12-01     3      3  Other [The Lab]
    2025-11-30     3      3  Other [The Lab]
    2025-11-29     3      3  Other [The Lab]
"""
SPAN = ("--from", "2025-11-29", "--to", "2025-12-01")


def test_what_is_shown_of_each_topic(run: Paperboy) -> None:
    done = run("topics", "try", *SPAN)
    assert (done.status, done.err) == (0, "")
    assert done.out == PRINTED


@pytest.mark.parametrize(
    "place",
    [
        ("--out", "public"),
        ("--store", "public"),
        ("--bucket", "my-papers", "--prefix", "ai"),
        ("--store", "s3://my-papers/ai"),
    ],
)
def test_archives_in_directories_and_buckets(run: Paperboy, place: tuple[str, ...]) -> None:
    with s3_server("my-papers") as server:
        client = server.client()
        for key, body in files(*map(edition, DAYS)).items():
            client.put_object(Bucket="my-papers", Key=f"ai/{key}", Body=body)
        client.close()
        done = run("topics", "try", *SPAN, *place, AWS_ENDPOINT_URL_S3=server.url)
    assert (done.status, done.err) == (0, "")
    assert done.out == PRINTED


def test_by_default_the_newest_editions(run: Paperboy) -> None:
    lines = run("topics", "try", "lab").out.splitlines()
    assert lines[0] == (
        f"30 editions, {DAYS[3]} to {DAYS[-1]}, 120 papers"
        " (the newest 30; --from and --to choose others)"
    )
    assert lines[2:4] == ["lab: The lab", "  30 papers, 6.0 a week"]
    assert len([line for line in lines if "[The Lab]" in line]) == topics.MOST_PAPERS


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (("--from", str(DAYS[2])), DAYS[2:]),
        (("--to", str(DAYS[1])), DAYS[:2]),
        (("--from", "2023-05-04", "--to", "2030-01-01"), DAYS),
    ],
)
def test_json_has_each_paper_and_why(
    run: Paperboy, options: tuple[str, ...], days: list[date]
) -> None:
    done = run("topics", "try", "--json", *options)
    assert (done.status, done.err) == (0, "")
    agents = [
        {"date": str(day), "id": edition(day).papers[0].id, "why": ["agent*", "tool use"]}
        for day in days
    ]
    lab = [{"date": str(day), "id": "2512.00003", "why": ["The Lab"]} for day in days]
    assert json.loads(done.out) == {"agents": agents, "lab": lab}


def test_json_of_one_topic(run: Paperboy) -> None:
    assert list(json.loads(run("topics", "try", "--json", "lab").out)) == ["lab"]


def test_many_weeks_are_cut(run: Paperboy, tmp_path: Path) -> None:
    weekly = [edition(FIRST + timedelta(weeks=number)) for number in range(14)]
    command.write(tmp_path / "weekly", files(*weekly))
    lines = run("topics", "try", "lab", "--out", "weekly").out.splitlines()
    assert lines[3] == "  14 papers, 1.0 a week"
    assert lines[4].startswith("  weeks (the newest 12 of 14): 2025-W50 1, 2025-W51 1, ")
    assert lines[4].count(",") == topics.MOST_WEEKS - 1


def test_withdrawn_papers_are_left_out(run: Paperboy, tmp_path: Path) -> None:
    whole = edition(DAYS[0])
    agent = whole.papers[0].id
    marked = replace(whole, withdrawn=(agent,), papers=whole.papers[1:])
    gone = replace(edition(DAYS[1]), withdrawn=(WHOLE,), papers=())
    command.write(tmp_path / "marked", files(marked, gone))
    found = json.loads(run("topics", "try", "--json", "--out", "marked").out)
    assert [len(one) for one in found.values()] == [0, 1]


def test_recorded_answers(run: Paperboy, tmp_path: Path) -> None:
    answers = {
        "2025-12-02.json": made.answer(made.entry(1, title="An agent"), made.entry(2)),
        "2025-12-03.raw.json": made.answer(),
        "2025-12-04.json.gz": gzip.compress(made.answer(made.entry(4, title="Tool use"))),
        "notes.json": b"no day",
    }
    command.write(tmp_path / "recorded", answers)
    done = run("topics", "try", "agents", "--payloads", "recorded")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "2 editions, 2025-12-02 to 2025-12-04, 3 papers\n\n"
        "agents: Agents\n"
        "  2 papers, 2.0 a week\n"
        "  weeks: 2025-W49 2\n"
        "  most votes:\n"
        "    date        rank  votes  title [terms]\n"
        "    2025-12-04     1      4  Tool use [tool use]\n"
        "    2025-12-02     2      1  An agent [agent*]\n"
    )


@needs_recorded
def test_all_recorded_days(run: Paperboy) -> None:
    place = ("--payloads", str(SHARED / "api"), "--from", "2023-05-04")
    found = json.loads(run("topics", "try", "agents", "--json", *place).out)["agents"]
    assert len(found) > len(recorded_days())
    assert found == sorted(found, key=lambda one: one["date"])
    assert all(set(one["why"]) <= {"agent*", "tool use"} and one["why"] for one in found)


def test_a_broken_edition_does_not_hide_the_others(run: Paperboy, tmp_path: Path) -> None:
    (tmp_path / "public" / keys.edition_json(DAYS[-1])).write_bytes(b"{}")
    done = run("topics", "try", "--json", "--from", str(DAYS[-2]))
    assert done.error() == (
        f"StoreError: there is no edition that can be read (public/daily/{DAYS[-1]}.json)"
    )
    assert [one["date"] for one in json.loads(done.out)["lab"]] == [str(DAYS[-2])]


def test_a_broken_answer_does_not_hide_the_others(run: Paperboy, tmp_path: Path) -> None:
    answers = {"2025-12-02.json": made.answer(made.entry()), "2025-12-03.json": b"{}"}
    command.write(tmp_path / "recorded", answers)
    done = run("topics", "try", "--payloads", "recorded")
    assert done.error().startswith("PayloadError: ")
    assert done.out.startswith("1 edition, 2025-12-02 to 2025-12-02, 1 paper\n")


ERRORS = [
    (("speech",), "SettingsError: there is no topic 'speech'; use one of agents, lab"),
    (("--out", "nowhere"), "StoreError: holds no editions: publish some first ("),
    (("--payloads", "empty"), "SourceRejected: holds no recorded answers, such as 2025-12-24.json"),
    (("--payloads", "nowhere"), "SourceRejected: cannot read: No such file or directory (nowhere)"),
    (
        ("--from", "2030-01-01"),
        f"StoreError: there are no editions in this span, only {DAYS[0]} to {DAYS[-1]}",
    ),
]


@pytest.mark.parametrize(("options", "message"), ERRORS)
def test_errors_say_what_there_is(
    run: Paperboy, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = run("topics", "try", *options)
    assert done.error().startswith(message)
    assert done.out == ""


def test_without_topics_it_says_how_to_add_one(run: Paperboy, tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text("top = 3\n", "utf-8")
    told = run("topics", "try", PAPERBOY_CONFIG="none.toml").error()
    assert told.startswith("SettingsError: there are no topics: add one to paperboy.toml, such as")
    assert "docs/topics.md" in told


USAGE = [
    (),
    ("try", "--from", "2025-12-24", "--to", "2025-12-23"),
    ("try", "--store", "public", "--payloads", "public"),
    ("try", "--out", "public", "--bucket", "my-papers"),
    ("try", "--payloads", "public", "--prefix", "ai"),
    ("try", "--from", "yesterday"),
    ("try", "agents", "lab"),
]


@pytest.mark.parametrize("arguments", USAGE)
def test_wrong_usage(run: Paperboy, arguments: tuple[str, ...]) -> None:
    done = run("topics", *arguments)
    assert (done.status, done.out) == (2, "")


def test_nothing_is_written(run: Paperboy, tmp_path: Path) -> None:
    before = command.tree(tmp_path)
    assert run("topics", "try", "--quiet") == command.Done(0, "", "")
    assert command.tree(tmp_path) == before


def test_the_command_as_a_program(tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text(TOPICS, "utf-8")
    command.write(tmp_path / "public", files(*map(edition, DAYS[5:8])))
    done = command.paperboy("topics", "try", cwd=tmp_path, PAPERBOY_CONFIG="topics.toml")
    assert (done.status, done.out, done.err) == (0, PRINTED, "")
    shutil.rmtree(tmp_path / "public")
    assert command.paperboy("topics", "try", "--help", cwd=tmp_path).status == 0
