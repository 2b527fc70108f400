"""The packaged function with a blog: token from AWS, commits to the test GitHub, all over HTTP."""

import json
from pathlib import Path

import pytest

from tests.e2e import blog_world, world
from tests.e2e.blog_world import DAY, README, BlogWorld, Json, Secrets, running
from tests.support import loaded, rie, sample
from tests.support.github import TOKEN, github, needs_github
from tests.support.servers import replay_huggingface, s3_server

rie.need_package()
pytestmark = needs_github

EVENT = {"date": DAY, "scheduled_time": f"{DAY}T14:00:00Z"}
# After the month is over.
LATER = EVENT | {"scheduled_time": "2026-01-01T02:00:00Z"}
POST, DATA = f"_posts/{DAY}-daily-papers.md", f"_data/papers/daily-{DAY}.json"
MONTH = "_posts/2025-12-01-monthly-papers-summary.md"
HEADLINE = f"daily papers: {DAY}"
MISSING = "/paperboy/nothing"
PLACES = {"secret": "secretsmanager.GetSecretValue", "parameter": "AmazonSSM.GetParameter"}
# Libraries tell all that they do, too.
ALL_MESSAGES = {"AWS_LAMBDA_LOG_LEVEL": "DEBUG"}
WRONG = f"{TOKEN}_of_yesterday"


def objects(report: Json) -> dict[str, str]:
    return {change["key"]: change["action"] for change in report["blog"]["objects"]}


@pytest.mark.parametrize("place", PLACES)
def test_a_new_edition_is_one_commit_and_the_same_again_none(place: str, tmp_path: Path) -> None:
    with running(tmp_path, ALL_MESSAGES, place=place) as made:
        report = made.invoke(EVENT)

        assert report.get("ok"), report
        assert made.asked() == "qm"
        assert made.headlines() == [HEADLINE]
        commit = made.github.log("main")[-1]
        assert commit.message == f"{HEADLINE}\n\n{DAY}: 16 papers, 254 votes"
        check_files(made)
        assert objects(report) == {POST: "created", DATA: "created"}
        blog = report["blog"]
        assert (blog["status"], blog["commit"], blog["error"]) == ("committed", commit.oid, None)
        assert blog["url"].endswith(commit.oid)

        again = made.invoke(EVENT)

        assert (again["blog"]["status"], objects(again)) == ("unchanged", {})
        assert (made.asked(), made.headlines()) == ("q", [HEADLINE])
        assert made.secrets.reads() == [PLACES[place]]


def check_files(made: BlogWorld) -> None:
    """Check the blog's files against those in the store."""
    files, stored = made.github.files("main"), made.world.bodies()
    assert files.keys() == {*README, POST, DATA}
    assert files[POST] == stored[f"daily/{DAY}.md"]
    data, edition = json.loads(files[DATA]), json.loads(stored[f"daily/{DAY}.json"])
    assert (data["date"], data["crawled_at"]) == (DAY, "2025-12-24T14:00:00Z")
    assert [(paper["title"], paper["likes"]) for paper in data["papers"]] == [
        (paper["title"], paper["votes"]) for paper in edition["papers"][:10]
    ]


def test_a_month_comes_with_the_first_run_after_it(tmp_path: Path) -> None:
    with running(tmp_path) as made:
        made.invoke(EVENT)
        report = made.invoke(LATER)

        assert objects(report) == {MONTH: "created"}
        assert made.headlines() == [HEADLINE, "monthly papers: 2025-12"]
        assert made.github.files("main")[MONTH] == made.world.bodies()["monthly/2025-12.md"]
        made.asked()
        assert made.invoke(LATER)["blog"]["status"] == "unchanged"
        assert made.asked() == "q"


def test_all_days_of_a_run_are_one_commit(tmp_path: Path) -> None:
    days = {day: sample.PAYLOAD.read_bytes() for day in (DAY, "2025-12-25", "2025-12-26")}
    event = {"dates": [*days], "force": True, "scheduled_time": "2025-12-26T14:00:00Z"}
    with running(tmp_path, days=days) as made:
        report = made.invoke(event)
        assert len(objects(report)) == 6
        assert made.headlines() == ["daily papers: 2025-12-24, 2025-12-25, 2025-12-26"]
        assert made.asked() == "qm"


def test_a_dry_run_tells_what_it_would_commit(tmp_path: Path) -> None:
    with running(tmp_path) as made:
        report = made.invoke(EVENT | {"dry_run": True})
        assert report["blog"]["message"].startswith(HEADLINE)
        assert (report["blog"]["status"], report["blog"]["commit"]) == ("committed", None)
        assert objects(report) == {POST: "created", DATA: "created"}
        assert (made.asked(), made.headlines()) == ("q", [])
        assert made.world.objects() == {}


def test_a_wrong_token_fails_the_blog_alone_and_a_new_one_mends_it(tmp_path: Path) -> None:
    with running(tmp_path, ALL_MESSAGES, token=WRONG) as made:
        answer = made.invoke(EVENT)

        assert (answer["ok"], answer["editions"][0]["status"]) == (False, "published")
        assert "the token is wrong, expired or revoked" in answer["blog"]["error"]["message"]
        assert made.world.objects().keys() >= {f"daily/{DAY}.json", "latest.json", "latest.md"}
        (logged,) = [line["blog"] for line in made.world.function.log() if "blog" in line]
        assert (logged["status"], logged["error"]["type"]) == ("failed", "BlogRejected")
        (metrics,) = [line for line in made.world.function.log() if "_aws" in line]
        assert metrics["BlogFailures"] == [1.0]

        made.secrets.keep("parameter", TOKEN)
        made.world.s3.requests.clear()
        assert made.invoke(EVENT)["blog"]["status"] == "committed"
        assert (made.headlines(), made.world.s3.writes()) == ([HEADLINE], [])
        assert len(made.secrets.reads()) == 2


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"PAPERBOY_BLOG_SECRET": MISSING}, "SettingsError", "ParameterNotFound"),
        ({"PAPERBOY_BLOG_REPOSITORY": "ada/blgo"}, "BlogRejected", "check the repository's name"),
        ({"PAPERBOY_BLOG_BRANCH": "trunk"}, "BlogRejected", "there is no branch trunk"),
        ({"PAPERBOY_BLOG_BRANCH": "guarded"}, "BlogRejected", "the branch is protected"),
    ],
)
def test_a_blog_that_is_not_to_be_had_is_named(
    settings: dict[str, str], error: str, words: str, tmp_path: Path
) -> None:
    with running(tmp_path, settings) as made:
        head = made.github.log("main")[-1].oid
        made.github.repository.move("refs/heads/guarded", head, None)
        made.github.protect("guarded")
        answer = made.invoke(EVENT)
        assert answer["blog"]["error"]["type"] == error
        assert words in answer["blog"]["error"]["message"]
        assert "latest.json" in made.world.objects()
        assert (made.headlines(), made.headlines("guarded")) == ([], [])


def test_a_pull_request_is_opened_where_that_is_wanted(tmp_path: Path) -> None:
    with running(tmp_path, {"PAPERBOY_BLOG_PULL_REQUESTS": "true"}) as made:
        report = made.invoke(EVENT)
        assert "/pull/" in report["blog"]["url"]
        (opened,) = made.github.pull_requests
        assert (opened.title, opened.head, opened.base) == (HEADLINE, "paperboy/main", "main")
        assert (made.headlines(), made.headlines("paperboy/main")) == ([], [HEADLINE])
        assert made.invoke(EVENT)["blog"]["status"] == "unchanged"


def test_without_a_blog_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    days = {DAY: sample.PAYLOAD.read_bytes()}
    with (
        replay_huggingface(days) as source,
        s3_server(world.BUCKET) as s3,
        github(tmp_path, files=README) as hub,
    ):
        plain = world.variables(source, s3)
        about = blog_world.variables(s3, hub, Secrets(s3).keep("secret", TOKEN))
        alone, loaded_alone = loaded.run(rie.PYTHON, rie.PACKAGE, plain, EVENT)
        both, loaded_with_blog = loaded.run(rie.PYTHON, rie.PACKAGE, plain | about, EVENT)

    assert (alone["ok"], alone["blog"], both["ok"]) == (True, None, True)
    assert hub.log("main")[-1].headline == HEADLINE
    assert loaded_with_blog >= loaded.BLOG_MODULES
    assert loaded_alone.isdisjoint(loaded.BLOG_MODULES)
