"""`paperboy import`: an old crawler's archive, with its defects, published as editions."""

import json
import re
import shlex
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from handler.cli import main as cli
from handler.cli import run as command_run
from handler.cli.legacy import import_blog as command_import
from handler.cli.legacy import repair_blog as command_repair
from tests.support import keys, recorded, sample, stranger, trouble
from tests.support.command import Done, Paperboy, paperboy, tree, write
from tests.support.papers import answer
from tests.support.papers import entry as of_api
from tests.support.servers import s3_server

SCHEMAS = {
    directory: json.loads((sample.ROOT / "schema" / name).read_text("utf-8"))
    for directory, name in [("daily", "edition.v1.json"), ("monthly", "month.v1.json")]
}


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Paperboy:
    """Run commands beside a stranger's blog, and recorded answers of the API."""
    write(tmp_path / "blog", stranger.blog())
    answers = stranger.answers().items()
    write(tmp_path / "answers", {f"{day}.json": body for day, body in answers})
    return Paperboy(tmp_path, monkeypatch, capsys)


def documents(directory: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted((directory / kind).glob("*.json"))]


def who(edition: Mapping[str, Any]) -> list[tuple[str | None, int | None]]:
    """Return each paper's organisation and number of authors."""
    papers = edition["papers"]
    names = [paper["organization"] and paper["organization"]["fullname"] for paper in papers]
    return [(name, paper["author_count"]) for name, paper in zip(names, papers, strict=True)]


# Saturday and Sunday only repeat Friday.
IMPORTED = [day for day in stranger.DAYS if day not in ("2025-11-08", "2025-11-09")]
EXPECTED = keys.archive([date.fromisoformat(day) for day in IMPORTED])


def first_line(done: Done) -> str:
    return done.out.splitlines()[0]


@pytest.mark.usefixtures("here")
def test_program_imports_an_archive(tmp_path: Path) -> None:
    before = tree(tmp_path / "blog")
    done = paperboy("import", "blog", "--out", "out", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "7 days: 5 published, 2 left out as repeats of other days",
        f"{len(EXPECTED) - 3} objects created in out",
        "       2 fixed       0 remaining  organisation with counts appended",
        "       2 fixed       0 remaining  number of authors with counts appended",
        "       0 fixed       1 remaining  organisation ambiguous",
        "       1 fixed       0 remaining  code link is the page's footer",
        "       1 fixed       0 remaining  code link is not code",
        "       0 fixed       1 remaining  abstract without its link",
        "       1 fixed       0 remaining  abstract is page furniture",
        "       0 fixed       2 remaining  abstract is missing",
        "       1 fixed       0 remaining  link to arXiv is missing or wrong",
        "       1 fixed       0 remaining  line break in the title",
        "       8 fixed       0 remaining  duplicate of another day",
    ]
    assert sorted(tree(tmp_path / "out")) == EXPECTED
    assert tree(tmp_path / "blog") == before


def test_documents_keep_to_their_schemas(here: Paperboy, tmp_path: Path) -> None:
    here("import", "blog", "--out", "out")
    for kind, schema in SCHEMAS.items():
        for document in documents(tmp_path / "out", kind):
            jsonschema.validate(document, schema)
    editions = documents(tmp_path / "out", "daily")
    times = [f"{day}T14:59:53.965782Z" for day in IMPORTED]
    assert [(one["source"], one["updated_at"]) for one in editions] == [
        ("import", time) for time in times
    ]
    months = documents(tmp_path / "out", "monthly")
    entries = [entry for month in months for entry in month["editions"]]
    assert [(entry["date"], entry["source"], entry["updated_at"]) for entry in entries] == [
        (day, "import", time) for day, time in zip(IMPORTED, times, strict=True)
    ]
    latest = json.loads((tmp_path / "out" / "latest.json").read_bytes())
    assert latest == editions[-1]


def test_history_is_kept_and_certain_defects_are_fixed(here: Paperboy, tmp_path: Path) -> None:
    split = stranger.entry(20, "Google541", code_link="https://github.com/a/\nb")
    friday_data = stranger.data("2025-11-07", [split, *stranger.FRIDAY[1:]])
    write(tmp_path / "blog", {stranger.DATA.format("2025-11-07"): friday_data})
    here("import", "blog", "--out", "out")
    first, friday, sums, none, last = documents(tmp_path / "out", "daily")
    assert [paper["votes"] for paper in friday["papers"]] == [80, 79, 78, 77]
    assert first["papers"][0]["title"] == "Counting Sheep"
    assert first["papers"][1]["abstract"] is None
    assert who(first) == [("Google", None), ("Lab of Numbers", None), (None, 1)]
    # Other days of the archive confirm two of these names, and none confirms the last one.
    known = [("Google", None), ("Lab of Numbers", None), (None, 7)]
    assert who(friday) == [*known, ("Nowhere Labs12", None)]
    links = [paper["links"] for paper in friday["papers"]]
    assert [link["code"] for link in links][:2] == ["https://github.com/a/b", None]
    assert links[1]["project"] == "https://numbers.example/"
    assert sums["papers"][0]["title"] == "Sums of $x_1$ | a Table"
    assert [paper["votes"] for paper in none["papers"]] == [0, 0]
    assert last["papers"][0]["abstract"] is None


def test_recorded_answers_fix_more(here: Paperboy, tmp_path: Path) -> None:
    without = here("import", "blog", "--out", "out", "--verbose")
    done = here("import", "blog", "--out", "out", "--payloads", "answers", "--verbose")
    assert "remaining 1 x abstract without its link, 1 x organisation ambiguous" in without.out
    assert "2025-11-08 left out: all of its papers belong to other days" in without.out
    assert "; remaining" not in done.out
    assert not [row for row in done.out.splitlines() if re.search(" [1-9]\\d* remaining", row)]
    _, friday, *_ = documents(tmp_path / "out", "daily")
    assert who(friday)[-1] == ("Nowhere Labs", None)
    assert friday["papers"][-1]["abstract"] == "Our code is at https://github.com/nowhere/labs ."
    assert [paper["votes"] for paper in friday["papers"]] == [80, 79, 78, 77]


@pytest.mark.parametrize("options", [(), ("--verbatim",), ("--payloads", "answers")])
def test_second_import_changes_nothing(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...]
) -> None:
    here("import", "blog", "--out", "out", *options)
    before = tree(tmp_path / "out")
    done = here("import", "blog", "--out", "out", *options)
    days = "7 unchanged" if options == ("--verbatim",) else "5 unchanged, 2 left out as repeats"
    assert first_line(done).startswith(f"7 days: {days}")
    assert "created" not in done.out
    assert tree(tmp_path / "out") == before


def test_dry_run_prints_the_same_and_writes_nothing(here: Paperboy, tmp_path: Path) -> None:
    dry = here("import", "blog", "--out", "out", "--dry-run")
    assert not (tmp_path / "out").exists()
    done = here("import", "blog", "--out", "out")
    words = re.compile(r"published|left out|fixed")
    rows = [row for row in done.out.splitlines() if "objects" not in row]
    assert dry.out.splitlines() == [words.sub(r"would be \g<0>", row) for row in rows]


def test_verbatim_posts_are_the_same_bytes(here: Paperboy, tmp_path: Path) -> None:
    done = here("import", "blog", "--out", "out", "--verbatim")
    assert (done.status, done.err) == (0, "")
    for day in stranger.DAYS:
        post = (tmp_path / "blog" / stranger.post_path(day)).read_bytes()
        assert (tmp_path / "out" / "daily" / f"{day}.md").read_bytes() == post
    latest = (tmp_path / "out" / "latest.md").read_bytes()
    assert latest == stranger.blog()[stranger.post_path("2025-12-02")]
    # Without posts, days get the crawler's layout with today's front matter.
    write(tmp_path / "bare", {p: b for p, b in stranger.blog().items() if p.startswith("_data")})
    done = here("import", "bare", "--out", "bare-out", "--verbatim")
    assert first_line(done) == "7 days: 7 published"
    titles = [paper["title"] for paper in documents(tmp_path / "out", "daily")[0]["papers"]]
    assert titles[0] == "Counting\n  Sheep"


@recorded.needs_recorded
@pytest.mark.parametrize("options", [(), ("--verbatim",)])
def test_recorded_blog_imports(here: Paperboy, tmp_path: Path, options: tuple[str, ...]) -> None:
    done = here("import", str(recorded.SHARED / "blog"), "--out", "out", *options)
    assert (done.status, done.err) == (0, "")
    days = "32 published" if options else "30 published, 2 left out as repeats of other days"
    assert first_line(done) == f"32 days: {days}"
    for kind, schema in SCHEMAS.items():
        for document in documents(tmp_path / "out", kind):
            jsonschema.validate(document, schema)
    posts = {
        path.name[:10]: path.read_bytes() for path in recorded.blog_posts() if "daily" in str(path)
    }
    found = (tmp_path / "out" / "daily").glob("????-??-??.md")
    made = {path.stem: path.read_bytes() for path in found}
    repeats = set() if options else {"2025-12-27", "2025-12-28"}
    assert made.keys() == posts.keys() - repeats
    agreeing = sum(made[day] == posts[day] for day in made)
    assert agreeing == (30 if options else 0)


@pytest.mark.usefixtures("here")
def test_import_into_a_bucket(tmp_path: Path) -> None:
    with s3_server("papers") as s3:
        asked = ("import", "blog", "--bucket", "papers", "--prefix", "site")
        where = {"AWS_ENDPOINT_URL_S3": s3.url, "PAPERBOY_SITE_URL": "https://papers.example"}
        done = paperboy(*asked, cwd=tmp_path, **where)
        assert (done.status, done.err) == (0, "")
        with closing(s3.client()) as client:
            found = client.list_objects_v2(Bucket="papers")["Contents"]
        assert [one["Key"] for one in found] == [f"site/{name}" for name in EXPECTED]
        s3.requests.clear()
        again = paperboy(*asked, cwd=tmp_path, **where)
        assert first_line(again).startswith("7 days: 5 unchanged")
        assert s3.writes() == []


@pytest.mark.parametrize("options", [(), ("--verbatim",)])
def test_edition_of_the_source_is_never_replaced(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...]
) -> None:
    write(tmp_path, {"own.json": answer(of_api(1), of_api(2))})
    own = ("--payload", "own.json", "--now", "2025-11-07T23:00:00Z")
    here("run", "--date", "2025-11-07", *own, "--out", "out")
    before = tree(tmp_path / "out")
    done = here("import", "blog", "--out", "out", "--verbose", *options)
    assert done.status == 0
    said = "2025-11-07 kept: the source's own edition is published; the 2 published ones stay\n"
    assert said in done.out
    assert f"7 days: {6 if options else 4} published, 1 kept" in done.out
    after = tree(tmp_path / "out")
    for name in ("daily/2025-11-07.json", "daily/2025-11-07.md"):
        assert after[name] == before[name]
    (november, _) = documents(tmp_path / "out", "monthly")
    (kept,) = (entry for entry in november["editions"] if entry["date"] == "2025-11-07")
    assert (kept["source"], kept["updated_at"]) == ("huggingface", "2025-11-07T23:00:00Z")


def test_force_overrides_the_guard(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path, {"own.json": answer(of_api(1))})
    here("run", "--date", "2025-11-07", "--payload", "own.json", "--out", "out")
    done = here("import", "blog", "--out", "out", "--force")
    assert first_line(done).startswith("7 days: 4 published, 1 updated, 2 left out")


def test_source_replaces_an_import(here: Paperboy, tmp_path: Path) -> None:
    here("import", "blog", "--out", "out")
    done = here("run", "--date", "2025-11-07", "--payload", "answers", "--out", "out")
    assert done.out.startswith("2025-11-07 updated: 4 papers")
    _, friday, *_ = documents(tmp_path / "out", "daily")
    assert friday["source"] == "huggingface"


def test_import_commits_to_no_blog(here: Paperboy) -> None:
    blog = {"PAPERBOY_BLOG_REPOSITORY": "ada/blog", "PAPERBOY_BLOG_SECRET": "file:nowhere"}
    done = here("import", "blog", "--out", "out", **blog)
    assert (done.status, done.err) == (0, "")


def test_unreadable_files_are_named_and_skipped(here: Paperboy, tmp_path: Path) -> None:
    trouble.break_blog(tmp_path / "blog")
    done = here("import", "blog", "--out", "out")
    assert done.status == 1
    trouble.check_messages(done.err.splitlines())
    assert first_line(done) == (
        "19 days: 5 published, 2 left out as repeats of other days, 12 not readable"
    )
    assert sorted(tree(tmp_path / "out")) == EXPECTED


def test_json_has_days_and_skipped_files(here: Paperboy, tmp_path: Path) -> None:
    whole = json.loads(here("import", "blog", "--out", "out", "--json").out)
    assert (whole["ok"], whole["skipped"], whole["dry_run"]) == (True, {}, False)
    assert [edition["date"] for edition in whole["editions"]] == IMPORTED
    assert whole["left_out"] == ["2025-11-08", "2025-11-09"]
    assert (whole["fixed"]["duplicate of another day"], whole["remaining"]) == (
        8,
        {"organisation ambiguous": 1, "abstract without its link": 1, "abstract is missing": 2},
    )
    trouble.break_blog(tmp_path / "blog")
    done = here("import", "blog", "--out", "out", "--json")
    broken = json.loads(done.out)
    assert (done.status, broken["ok"]) == (1, False)
    assert sorted(broken["skipped"]) == sorted(trouble.MESSAGES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        *trouble.BAD_INPUT,
        (("blog", "--out", "afile"), "StoreError: cannot "),
    ],
)
def test_bad_input_is_one_line_and_exit_1(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    trouble.make_bad_input(tmp_path)
    before = tree(tmp_path)
    done = here("import", *arguments)
    assert done.status == 1
    assert all(line.startswith("paperboy: ") for line in done.err.splitlines())
    assert done.err.removeprefix("paperboy: ").startswith(message)
    assert tree(tmp_path) == before
    assert "Traceback" in here("import", *arguments, "--debug").err


TOO_MANY = [f"--date={date.fromordinal(date(2025, 11, 1).toordinal() + n)}" for n in range(32)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import",), "required: BLOG_DIR"),
        (("import", ""), "must not be empty"),
        (("import", "blog", "--payloads", ""), "must not be empty"),
        (("import", "blog", "--out", "a", "--bucket", "bbb"), "not allowed with argument"),
        (("import", "blog", "--date", "2025-12-24"), "unrecognized arguments"),
        (("run", *TOO_MANY), "--date: at most 31 days"),
    ],
)
def test_wrong_usage_is_exit_2(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = here(*arguments)
    assert done.status == 2
    assert message in done.err
    assert not (tmp_path / "public").exists()


def test_archive_without_days_is_no_error(here: Paperboy, tmp_path: Path) -> None:
    (tmp_path / "new" / "_data" / "papers").mkdir(parents=True)
    done = here("import", "new", "--out", "out")
    assert (done.status, done.out, done.err) == (0, "0 days: none\n", "")


COMMANDS = {"run": command_run, "import": command_import, "repair": command_repair}
EXAMPLES = [
    (name, re.split(r"\s{2,}", line)[0])
    for name, command in COMMANDS.items()
    for line in re.findall(r"^  (paperboy .+)$", command.EXAMPLES, re.MULTILINE)
]


@pytest.mark.parametrize(("name", "line"), EXAMPLES)
def test_examples_of_the_help_parse(name: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []

    def run(options: object) -> int:
        calls.append(options)
        return 0

    monkeypatch.setattr(COMMANDS[name], "run", run)
    program, *arguments = shlex.split(line)
    assert (program, arguments[0], cli.main(arguments)) == ("paperboy", name, 0)
    assert len(calls) == 1


@pytest.mark.usefixtures("here")
def test_examples_of_the_help_run(tmp_path: Path) -> None:
    answers = stranger.answers().items()
    write(tmp_path / "work/recorded-answers", {f"{day}.json": body for day, body in answers})
    lines = [line for name, line in EXAMPLES if name == "import"]
    assert len(lines) == 5
    with s3_server("my-papers") as s3:
        for line in lines:
            arguments = shlex.split(line)[1:]
            done = paperboy(*arguments, cwd=tmp_path / "work", AWS_ENDPOINT_URL_S3=s3.url)
            assert (done.status, done.err) == (0, "")
    made = {path.name for path in (tmp_path / "work").iterdir()}
    assert made == {"recorded-answers", "public", "old"}


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("import", ("BLOG_DIR", "--payloads", "--out", "--bucket", "--verbatim", "--dry-run")),
        ("repair", ("BLOG_DIR", "--from", "--to", "--votes", "--redirect", "--diff", "--github")),
    ],
)
def test_help(here: Paperboy, command: str, options: tuple[str, ...]) -> None:
    done = here(command, "--help")
    assert (done.status, done.err) == (0, "")
    assert all(word in done.out for word in (*options, "examples:"))
