"""Every recorded day publishes, validates and renders; the seed and the blog come out again."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from core import publish
from core.edition import payload, ranking
from core.model.paper import Edition, Organization, Paper
from core.model.report import Status
from core.model.style import PostStyle
from core.render import escape
from core.render import json as render_json
from core.render.post import PostRenderer
from tests.support import recorded, sample
from tests.support.fakes import FakeSource, MemoryStore, ports, request

pytestmark = recorded.needs_recorded

SCHEMA = json.loads((sample.ROOT / "schema" / "edition.v1.json").read_text("utf-8"))
SEED = PostRenderer(sample.TEMPLATES, PostStyle(author="lim4349"))
DAYS = [*recorded.recorded_days(), *recorded.late_days()]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def day_of(path: Path) -> date:
    return date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", path.name)[0])


def edition_of(path: Path) -> Edition:
    day = day_of(path)
    return Edition(day, ranking.rank(payload.parse(payload.decode(path.read_bytes(), day))))


@pytest.mark.parametrize("path", DAYS, ids=name)
def test_a_recorded_day_publishes_and_says_what_the_source_said(path: Path) -> None:
    day, store = day_of(path), MemoryStore()
    source = FakeSource({day: path.read_bytes()})
    with_posts = replace(ports(source, store), renderer=lambda: SEED)
    report = publish.run(request(day), with_posts)
    assert [edition.status for edition in report.editions] == [Status.PUBLISHED]
    made = json.loads(store.objects[f"daily/{day}.json"].body)
    Draft202012Validator(SCHEMA).validate(made)
    published = render_json.read(store.objects["latest.json"].body)
    assert replace(published, updated_at=None) == edition_of(path)
    for entry in recorded.entries(path):
        (paper,) = (paper for paper in made["papers"] if paper["id"] == entry["paper"]["id"])
        inner = entry["paper"]
        assert paper["title"] == " ".join(inner["title"].split())
        assert paper["abstract"] == " ".join(inner["summary"].split())
        assert paper["authors"] == [author["name"] for author in inner["authors"]]
        assert paper["votes"] == inner["upvotes"]
        assert paper["comments"] == entry["numComments"]
        assert paper["links"]["code"] == inner.get("githubRepo")
        assert paper["github_stars"] == inner.get("githubStars")
        assert paper["submitted_at"] == inner.get("submittedOnDailyAt")


def without_abstracts(post: str) -> str:
    return re.sub(r"Abstract: .*", "Abstract:", post)


def test_the_seed_comes_out_but_for_its_abstracts() -> None:
    edition = edition_of(recorded.SHARED / "api-late" / "2025-12-24.json")
    papers = (replace(p, votes=31) if p.id == "2512.20618" else p for p in edition.papers)
    post = SEED.post(Edition(edition.day, ranking.rank(papers))).decode()
    assert without_abstracts(post) == without_abstracts(recorded.seed_post().read_text("utf-8"))


def blog_edition(path: Path) -> Edition:
    """Return what the crawler stored, as an edition in its own order."""
    papers = [
        Paper(
            id=stored["url"].rpartition("/")[2],
            title=stored["title"],
            abstract=stored.get("abstract"),
            votes=stored["likes"],
            organization=Organization(None, stored["institution"]),
        )
        for stored in json.loads(path.read_text("utf-8"))["papers"]
    ]
    return Edition(day_of(path), tuple(papers))


def body(post: str) -> str:
    return post.split("---\n", 2)[2]


def needs_no_mending(path: Path) -> bool:
    """Tell the days whose every paper has all of a post's lines, in text that needs no escaping."""
    return all(
        {"abstract", "paper_link"} <= stored.keys()
        and escape.markdown(stored["title"], bold=True) == stored["title"]
        and escape.markdown(stored["institution"]) == stored["institution"]
        and escape.markdown(stored["abstract"]) == stored["abstract"]
        for stored in json.loads(path.read_text("utf-8"))["papers"]
    )


def is_as_old_as_its_post(path: Path) -> bool:
    (post,) = recorded.SHARED.glob(f"blog/_posts/{day_of(path)}-daily*.md")
    stored = json.loads(path.read_text("utf-8"))["papers"]
    shown = re.findall(r"\*\* - 👍 (\d+)$", post.read_text("utf-8"), re.MULTILINE)
    return [paper["likes"] for paper in stored] == [int(votes) for votes in shown]


BLOG_DAYS = [path for path in recorded.blog_days() if path.name.startswith("daily-")]
PLAIN_DAYS = [day for day in BLOG_DAYS if needs_no_mending(day) and is_as_old_as_its_post(day)]


@pytest.mark.parametrize("path", PLAIN_DAYS, ids=name)
def test_a_plain_day_of_the_blog_comes_out_byte_for_byte(path: Path) -> None:
    (post,) = recorded.SHARED.glob(f"blog/_posts/{day_of(path)}-daily*.md")
    assert body(SEED.post(blog_edition(path)).decode()) == body(post.read_text("utf-8"))


def test_most_days_are_plain() -> None:
    assert len(PLAIN_DAYS) > len(BLOG_DAYS) / 2
