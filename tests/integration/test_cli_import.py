"""`paperboy import` as a person uses it: a crawler's archive, with all that may be wrong in it."""

import json
import re
import shlex
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from errno import EACCES
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from handler.cli import main as cli
from handler.cli import run as command_run
from handler.cli.legacy import import_blog as command_import
from handler.cli.legacy import repair_blog as command_repair
from tests.support import keys, recorded, sample, stranger, trouble
from tests.support.command import Paperboy, paperboy, tree, write
from tests.support.fakes import answer
from tests.support.fakes import entry as of_api
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
    """Return each paper's organisation, or else its number of authors."""
    papers = edition["papers"]
    names = [paper["organization"] and paper["organization"]["fullname"] for paper in papers]
    return [(name, paper["author_count"]) for name, paper in zip(names, papers, strict=True)]


EXPECTED = keys.archive([date.fromisoformat(day) for day in stranger.DAYS])


@pytest.mark.usefixtures("here")
def test_a_program_imports_a_strangers_archive(tmp_path: Path) -> None:
    before = tree(tmp_path / "blog")
    done = paperboy("import", "blog", "--out", "out", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "7 days: 7 published"
    assert "2025-12-02 published, 1 paper: mended 1 x abstract is page furniture" in done.out
    assert sorted(tree(tmp_path / "out")) == EXPECTED
    assert tree(tmp_path / "blog") == before


def test_each_document_keeps_to_its_schema_and_says_where_it_is_from(
    here: Paperboy, tmp_path: Path
) -> None:
    here("import", "blog", "--out", "out")
    for kind, schema in SCHEMAS.items():
        for document in documents(tmp_path / "out", kind):
            jsonschema.validate(document, schema)
    editions = documents(tmp_path / "out", "daily")
    assert [edition["source"] for edition in editions] == ["import"] * 7
    months = documents(tmp_path / "out", "monthly")
    entries = [entry for month in months for entry in month["editions"]]
    assert [(entry["date"], entry["source"], entry["updated_at"]) for entry in entries] == [
        (day, "import", f"{day}T14:59:53.965782Z") for day in stranger.DAYS
    ]
    latest = json.loads((tmp_path / "out" / "latest.json").read_bytes())
    assert latest == editions[-1]


def test_history_is_kept_and_only_what_is_settled_is_mended(here: Paperboy, tmp_path: Path) -> None:
    here("import", "blog", "--out", "out")
    first, friday, *weekend, sums, none, last = documents(tmp_path / "out", "daily")
    assert [paper["votes"] for paper in friday["papers"]] == [80, 79, 78, 77]
    assert [edition["papers"] for edition in weekend] == [friday["papers"]] * 2
    assert first["papers"][0]["title"] == "Counting Sheep"
    assert [paper["abstract"] for paper in first["papers"]][1] is None
    assert who(first) == [("Google", None), ("Lab of Numbers", None), (None, 1)]
    # Other days of the archive know two of these names; nothing tells the last one.
    known = [("Google", None), ("Lab of Numbers", None), (None, 7)]
    assert who(friday) == [*known, ("Nowhere Labs12", None)]
    links = [paper["links"] for paper in friday["papers"]]
    assert [link["code"] for link in links][:2] == [None, None]
    assert links[1]["project"] == "https://numbers.example/"
    assert sums["papers"][0]["title"] == "Sums of $x_1$ | a Table"
    assert [paper["votes"] for paper in none["papers"]] == [0, 0]
    assert last["papers"][0]["abstract"] is None


def test_recorded_answers_settle_what_is_left(here: Paperboy, tmp_path: Path) -> None:
    without = here("import", "blog", "--out", "out")
    done = here("import", "blog", "--out", "out", "--payloads", "answers")
    assert without.out.count("1 x organisation not settled") == 3
    assert "left" not in done.out
    _, friday, *_ = documents(tmp_path / "out", "daily")
    assert who(friday)[-1] == ("Nowhere Labs", None)
    assert friday["papers"][-1]["abstract"] == "Our code is at https://github.com/nowhere/labs ."
    assert [paper["votes"] for paper in friday["papers"]] == [80, 79, 78, 77]


@pytest.mark.parametrize("options", [(), ("--verbatim",), ("--payloads", "answers")])
def test_a_second_import_changes_nothing(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...]
) -> None:
    here("import", "blog", "--out", "out", *options)
    before = tree(tmp_path / "out")
    done = here("import", "blog", "--out", "out", *options)
    assert done.out.splitlines()[-1] == "7 days: 7 unchanged"
    assert tree(tmp_path / "out") == before


def test_a_dry_run_tells_the_same_and_writes_nothing(here: Paperboy, tmp_path: Path) -> None:
    dry = here("import", "blog", "--out", "out", "--dry-run")
    assert not (tmp_path / "out").exists()
    done = here("import", "blog", "--out", "out")
    assert dry.out == done.out.replace("published", "would be published")


def test_verbatim_posts_come_back_whole(here: Paperboy, tmp_path: Path) -> None:
    done = here("import", "blog", "--out", "out", "--verbatim")
    assert (done.status, done.err) == (0, "")
    for day in stranger.DAYS:
        post = (tmp_path / "blog" / stranger.post_path(day)).read_bytes()
        assert (tmp_path / "out" / "daily" / f"{day}.md").read_bytes() == post
    latest = (tmp_path / "out" / "latest.md").read_bytes()
    assert latest == stranger.blog()[stranger.post_path("2025-12-02")]


@recorded.needs_recorded
@pytest.mark.parametrize("options", [(), ("--verbatim",)])
def test_the_recorded_blog_imports(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = here("import", str(recorded.SHARED / "blog"), "--out", "out", *options)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "32 days: 32 published"
    for kind, schema in SCHEMAS.items():
        for document in documents(tmp_path / "out", kind):
            jsonschema.validate(document, schema)
    posts = {
        path.name[:10]: path.read_bytes() for path in recorded.blog_posts() if "daily" in str(path)
    }
    made = {path.stem: path.read_bytes() for path in (tmp_path / "out" / "daily").glob("*.md")}
    assert made.keys() == posts.keys()
    agreeing = sum(made[day] == post for day, post in posts.items())
    assert agreeing == (30 if options else 0)


@pytest.mark.usefixtures("here")
def test_into_a_bucket_once(tmp_path: Path) -> None:
    with s3_server("papers") as s3:
        asked = ("import", "blog", "--bucket", "papers", "--prefix", "site")
        done = paperboy(*asked, cwd=tmp_path, AWS_ENDPOINT_URL_S3=s3.url)
        assert (done.status, done.err) == (0, "")
        with closing(s3.client()) as client:
            found = client.list_objects_v2(Bucket="papers")["Contents"]
        assert [one["Key"] for one in found] == [f"site/{name}" for name in EXPECTED]
        s3.requests.clear()
        again = paperboy(*asked, cwd=tmp_path, AWS_ENDPOINT_URL_S3=s3.url)
        assert again.out.splitlines()[-1] == "7 days: 7 unchanged"
        assert s3.writes() == []


@pytest.mark.parametrize("options", [(), ("--verbatim",)])
def test_the_sources_own_edition_is_never_replaced(
    here: Paperboy, tmp_path: Path, options: tuple[str, ...]
) -> None:
    write(tmp_path, {"own.json": answer(of_api(1), of_api(2))})
    own = ("--payload", "own.json", "--now", "2025-11-07T23:00:00Z")
    here("run", "--date", "2025-11-07", *own, "--out", "out")
    before = tree(tmp_path / "out")
    done = here("import", "blog", "--out", "out", *options)
    assert done.status == 0
    assert "2025-11-07 kept, 4 papers: the source's own edition is there" in done.out
    assert done.out.splitlines()[-1] == "7 days: 6 published, 1 kept"
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
    assert done.out.splitlines()[-1] == "7 days: 7 published"


def test_the_source_replaces_what_was_imported(here: Paperboy, tmp_path: Path) -> None:
    here("import", "blog", "--out", "out")
    done = here("run", "--date", "2025-11-07", "--payload", "answers", "--out", "out")
    assert done.out.startswith("2025-11-07 published, 4 papers\n")
    _, friday, *_ = documents(tmp_path / "out", "daily")
    assert friday["source"] == "huggingface"


def test_an_import_touches_no_blog_on_github(here: Paperboy) -> None:
    blog = {"PAPERBOY_BLOG_REPOSITORY": "ada/blog", "PAPERBOY_BLOG_SECRET": "file:nowhere"}
    done = here("import", "blog", "--out", "out", **blog)
    assert (done.status, done.err) == (0, "")


def test_what_cannot_be_read_is_named_skipped_and_counted(here: Paperboy, tmp_path: Path) -> None:
    trouble.break_blog(tmp_path / "blog")
    done = here("import", "blog", "--out", "out")
    assert done.status == 1
    trouble.check_complaints(done.err.splitlines())
    assert done.out.splitlines()[-1] == "19 days: 7 published, 12 skipped"
    assert sorted(tree(tmp_path / "out")) == EXPECTED


def test_a_file_without_permission_is_skipped(
    here: Paperboy, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "daily-2025-11-07.json":
            raise PermissionError(EACCES, "Permission denied", str(path))
        return read(path)

    # Root, who tests may run as, may read everything.
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    done = here("import", "blog", "--out", "out")
    assert done.error() == (
        "BlogRejected: cannot read: Permission denied (_data/papers/daily-2025-11-07.json)"
    )
    assert done.out.splitlines()[-1] == "7 days: 6 published, 1 skipped"


def test_json_tells_days_and_what_was_skipped(here: Paperboy, tmp_path: Path) -> None:
    whole = json.loads(here("import", "blog", "--out", "out", "--json").out)
    assert (whole["ok"], whole["skipped"], whole["dry_run"]) == (True, {}, False)
    assert [edition["date"] for edition in whole["editions"]] == list(stranger.DAYS)
    trouble.break_blog(tmp_path / "blog")
    done = here("import", "blog", "--out", "out", "--json")
    broken = json.loads(done.out)
    assert (done.status, broken["ok"]) == (1, False)
    assert sorted(broken["skipped"]) == sorted(trouble.COMPLAINTS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        *trouble.BAD_INPUT,
        (("blog", "--out", "afile"), "StoreError: cannot "),
    ],
)
def test_bad_input_is_one_line_and_exit_1(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    trouble.make_bad_input(tmp_path)
    before = tree(tmp_path)
    done = here("import", *arguments)
    assert done.status == 1
    assert all(line.startswith("paperboy: ") for line in done.err.splitlines())
    assert done.err.removeprefix("paperboy: ").startswith(said)
    assert tree(tmp_path) == before
    assert "Traceback" in here("import", *arguments, "--debug").err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "required: BLOG_DIR"),
        (("",), "it is empty"),
        (("blog", "--payloads", ""), "it is empty"),
        (("blog", "--out", "a", "--bucket", "bbb"), "not allowed with argument"),
        (("blog", "--date", "2025-12-24"), "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_exit_2(
    here: Paperboy, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = here("import", *arguments)
    assert done.status == 2
    assert said in done.err
    assert not (tmp_path / "public").exists()


def test_posts_are_not_needed(here: Paperboy, tmp_path: Path) -> None:
    write(tmp_path / "bare", {p: b for p, b in stranger.blog().items() if p.startswith("_data")})
    done = here("import", "bare", "--out", "out", "--verbatim")
    assert done.out.splitlines()[-1] == "7 days: 7 published"


def test_an_archive_without_days_is_no_error(here: Paperboy, tmp_path: Path) -> None:
    (tmp_path / "new" / "_data" / "papers").mkdir(parents=True)
    done = here("import", "new", "--out", "out")
    assert (done.status, done.out, done.err) == (0, "0 days: none\n", "")


def examples(epilog: str) -> list[str]:
    """Return the command lines of a help text, without what is said about them."""
    lines = re.findall(r"^  (paperboy .+)$", epilog, re.MULTILINE)
    return [re.split(r"\s{2,}", line)[0] for line in lines]


EXAMPLES = [
    (name, line)
    for name, command in [
        ("run", command_run),
        ("import", command_import),
        ("repair", command_repair),
    ]
    for line in examples(command.EXAMPLES)
]


@pytest.mark.parametrize(("name", "line"), EXAMPLES)
def test_each_example_of_the_help_is_a_command(
    name: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def run(options: Namespace) -> int:
        asked.append(options)
        return 0

    module = {"run": command_run, "import": command_import, "repair": command_repair}[name]
    monkeypatch.setattr(module, "run", run)
    program, *arguments = shlex.split(line)
    assert (program, arguments[0], cli.main(arguments)) == ("paperboy", name, 0)
    assert len(asked) == 1


@pytest.mark.usefixtures("here")
def test_the_examples_of_the_help_run(tmp_path: Path) -> None:
    answers = stranger.answers().items()
    write(tmp_path / "work/recorded-answers", {f"{day}.json": body for day, body in answers})
    lines = [line for name, line in EXAMPLES if name == "import"]
    assert len(lines) == 4
    with s3_server("my-papers") as s3:
        for line in lines:
            arguments = shlex.split(line)[1:]
            done = paperboy(*arguments, cwd=tmp_path / "work", AWS_ENDPOINT_URL_S3=s3.url)
            assert (done.status, done.err) == (0, "")
    assert {path.name for path in (tmp_path / "work").iterdir()} == {
        "recorded-answers",
        "public",
        "old",
    }


@pytest.mark.parametrize(
    ("command", "taught"),
    [
        ("import", ("BLOG_DIR", "--payloads", "--out", "--bucket", "--verbatim", "--dry-run")),
        ("repair", ("BLOG_DIR", "--from", "--to", "--votes", "--redirect", "--diff", "--github")),
    ],
)
def test_help_teaches(here: Paperboy, command: str, taught: tuple[str, ...]) -> None:
    done = here(command, "--help")
    assert (done.status, done.err) == (0, "")
    assert all(word in done.out for word in (*taught, "examples:"))
