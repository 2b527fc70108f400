"""What every blog promises: the fake, a branch on GitHub, and a pull request there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.github import GitHub, GitHubBranch, GitHubPullRequest
from core.model.blog import BlogFile, Tip, blob_id
from core.model.errors import BlogConflict
from core.model.ports import Blog
from tests.support.fakes import MemoryBlog, Pauses
from tests.support.github import TOKEN, github, needs_github

BLOGS = [
    "memory",
    pytest.param("branch", marks=needs_github),
    pytest.param("pull request", marks=needs_github),
]
README, OURS = {"README.md": b"# Blog\n"}, "_posts/2025-12-24-daily-papers.md"
BYTES = [b"", b"\r\n\r\n", bytes(range(256)) * 99, "한국어 ζ 👍\n".encode()]
MESSAGES = [
    "daily papers: 2025-12-24\n\n2025-12-24: 2 papers, 3 votes\n2025-12: all\n",
    "일간 논문 👍: 2025-12-24\n\n논문 ζ\n",
    "only a headline",
    "only a headline\n",
]


@dataclass
class Place:
    """A blog, and what one sees and does there by other means."""

    blog: Blog
    files: Callable[[], Mapping[str, bytes]]
    messages: Callable[[], list[str]]
    push: Callable[[Mapping[str, bytes]], object]


@pytest.fixture(params=BLOGS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "memory":
        memory = MemoryBlog(README)

        def push(files: Mapping[str, bytes]) -> None:
            memory.commits.append(("Elsewhere", {**memory.files, **files}))

        yield Place(memory, lambda: memory.files, lambda: memory.messages, push)
        return
    with github(tmp_path, files=README) as server:
        web = GitHub(server.url, TOKEN, "ada/blog", lambda: 60.0)
        kind = GitHubBranch if request.param == "branch" else GitHubPullRequest
        branch = "main" if request.param == "branch" else "paperboy/main"

        def seen() -> str:
            return branch if f"refs/heads/{branch}" in server.repository.refs() else "main"

        yield Place(
            kind(web, "main", Pauses(1000)),
            lambda: server.files(seen()),
            lambda: [commit.message for commit in server.log(seen())[1:]],
            lambda files: server.push(files, "Elsewhere", seen()),
        )
        assert [len(commit.parents) for commit in server.log(seen())[1:]] == (
            [1] * (len(server.log(seen())) - 1)
        )
        assert server.repository.refs().keys() == {"refs/heads/main", f"refs/heads/{seen()}"}


def put(place: Place, files: Mapping[str, bytes | None], message: str = "ours") -> Tip:
    """Commit files onto the tip of now, and return that tip."""
    tip = place.blog.tip(list(files))
    place.blog.commit(tip, message, [BlogFile(path, body) for path, body in files.items()])
    return tip


def test_the_tip_has_the_ids_of_known_paths_only(place: Place) -> None:
    tip = place.blog.tip(["nothing", "README.md", "README.md/x", "_posts/no such thing ü.md"])
    assert tip.blobs == {"README.md": blob_id(README["README.md"])}
    assert tip.url == ""


def test_a_tip_may_be_asked_for_without_paths(place: Place) -> None:
    assert place.blog.tip([]) == Tip(place.blog.tip(["README.md"]).oid, {})


def test_the_tip_moves_with_each_commit(place: Place) -> None:
    tips = [put(place, {OURS: body}).oid for body in (b"1", b"2", b"1")]
    assert len({*tips, place.blog.tip([OURS]).oid}) == 4


def test_a_commit_tells_its_id(place: Place) -> None:
    tip = place.blog.tip([OURS])
    made = place.blog.commit(tip, "ours", [BlogFile(OURS, b"1")])
    assert made.url
    assert made.oid == place.blog.tip([OURS]).oid != tip.oid


def test_files_are_added_replaced_and_removed_and_others_stay(place: Place) -> None:
    put(place, {"a/1": b"1", "a/2": b"2", "a/3": b"3"})
    put(place, {"a/1": None, "a/2": b"two", "b/4": b"4"})
    assert place.files() == README | {"a/2": b"two", "a/3": b"3", "b/4": b"4"}
    assert place.messages() == ["ours", "ours"]


@pytest.mark.parametrize("body", BYTES)
def test_a_file_has_the_bytes_it_was_given(place: Place, body: bytes) -> None:
    put(place, {"_posts/ü 1.md": body})
    assert place.files()["_posts/ü 1.md"] == body
    assert place.blog.tip(["_posts/ü 1.md"]).blobs == {"_posts/ü 1.md": blob_id(body)}


@pytest.mark.parametrize("message", MESSAGES)
def test_the_message_arrives(place: Place, message: str) -> None:
    put(place, {OURS: b"1"}, message)
    assert [found.strip() for found in place.messages()] == [message.strip()]


def test_a_branch_that_moved_is_left_as_it_is(place: Place) -> None:
    put(place, {OURS: b"1"})
    tip = place.blog.tip([OURS])
    place.push({"theirs.md": b"theirs"})
    before = place.files()
    with pytest.raises(BlogConflict):
        place.blog.commit(tip, "late", [BlogFile(OURS, b"2")])
    assert place.files() == before == README | {OURS: b"1", "theirs.md": b"theirs"}
    assert place.messages() == ["ours", "Elsewhere"]
    put(place, {OURS: b"2"})
    assert place.files()[OURS] == b"2"


def test_what_was_pushed_is_seen(place: Place) -> None:
    put(place, {OURS: b"1"})
    place.push({OURS: b"theirs"})
    assert place.blog.tip([OURS]).blobs == {OURS: blob_id(b"theirs")}


def test_a_commit_that_cannot_be_whole_is_not_made(place: Place) -> None:
    put(place, {OURS: b"1"})
    with pytest.raises(BlogConflict):
        put(place, {"new.md": b"new", "gone.md": None})
    assert place.files() == README | {OURS: b"1"}
    assert place.messages() == ["ours"]


@pytest.mark.parametrize("count", [100, 201])
def test_many_files_at_once(place: Place, count: int) -> None:
    many: dict[str, bytes | None] = {f"_posts/{n:03}.md": b"%d" % n for n in range(count)}
    put(place, many, "many\n\nof them\n")
    assert place.files() == README | many
    tip = place.blog.tip([*many, "nothing"])
    assert tip.blobs == {path: blob_id(body) for path, body in many.items()}
    first = place.messages()[0].partition("\n")
    commits = -(-count // 100)
    assert len(place.messages()) in (1, commits)
    assert first[0] in ("many", f"many (1 of {commits})")
    put(place, dict.fromkeys(many))
    assert place.files() == README


def test_many_files_onto_a_branch_that_moved_are_none(place: Place) -> None:
    put(place, {OURS: b"1"})
    many = {f"_posts/{n:03}.md": b"%d" % n for n in range(101)}
    tip = place.blog.tip(list(many))
    place.push({"theirs.md": b"theirs"})
    with pytest.raises(BlogConflict):
        place.blog.commit(tip, "late", [BlogFile(*file) for file in many.items()])
    assert place.files() == README | {OURS: b"1", "theirs.md": b"theirs"}
