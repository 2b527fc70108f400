"""Topics of an archive: what runs write of them, with how many requests, and what changes them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.archive import rebuild
from core.archive.doctor import Check, Level, examine
from core.archive.ports import Ports
from core.archive.topics import NEWEST
from core.archive.withdraw import withdraw
from core.model import dates, keys
from core.model.report import RunRequest
from core.model.style import PostStyle
from core.model.topic import Topic
from core.render.post import PostRenderer
from tests.support import sample
from tests.support.engine import StrictStore, World, faults
from tests.support.papers import DAY, NOW, answer, entry

YESTERDAY, WEEK_AGO = DAY - timedelta(days=1), DAY - timedelta(days=7)
DECEMBER = date(2025, 12, 1)
EDGE = (date(2025, 12, 2), date(2025, 12, 1), date(2025, 11, 25))
# The papers of the fakes have the titles "Of D" and abstracts that name their numbers.
EVERY = Topic("every", {"en": "Every paper", "ko": "모든 논문"}, any=("says",))
ODD = Topic("odd", {"en": "Odd"}, any=("paper 1", "paper 3"), none=("christmas",))
NEVER = Topic("never", {"en": "Never"}, any=("nowhere",))


def world_of(*topics: Topic) -> World:
    return World(StrictStore(), topics=topics or (EVERY, ODD, NEVER))


def document(world: World, key: str) -> Any:
    return json.loads(world.body(key))


def topic_keys(world: World) -> set[str]:
    return {key for key in world.store.objects if key.startswith("topics/")}


def ids(world: World, topic: Topic, first: date = DECEMBER) -> list[tuple[str, int, str]]:
    """Return the day, rank and id of each paper in a topic's month."""
    papers = document(world, keys.topic_month_json(topic.id, first))["papers"]
    return [(paper["date"], paper["rank"], paper["id"]) for paper in papers]


def test_a_run_writes_pages_feeds_and_json() -> None:
    world = world_of()
    world.publish(YESTERDAY, DAY)
    own = {
        topic.id: {f"topics/{topic.id}.{end}" for end in ("html", "json", "xml", "bib")}
        for topic in world.topics
    }
    months = {
        f"topics/{name}/2025-12.{end}" for name in ("every", "odd") for end in ("html", "json")
    }
    assert topic_keys(world) == {
        keys.TOPICS_PAGE,
        keys.TOPICS_INDEX,
        *own["every"],
        *own["odd"],
        *own["never"],
        *months,
    }
    assert ids(world, ODD) == [
        ("2025-12-24", 1, "2512.00001"),
        ("2025-12-24", 3, "2512.00003"),
        ("2025-12-23", 1, "2512.00001"),
        ("2025-12-23", 3, "2512.00003"),
    ]
    first = document(world, keys.topic_month_json("odd", DECEMBER))["papers"][0]
    assert first["why"] == [{"term": "paper 1", "field": "title"}] or first["why"] == [
        {"term": "paper 1", "field": "abstract"}
    ]
    assert faults(world) == []


def test_the_index_counts_papers() -> None:
    world = world_of()
    world.publish(date(2025, 11, 3))
    world.publish(date(2025, 11, 25), WEEK_AGO)
    world.publish(date(2025, 12, 18), DAY)
    every, odd, never = document(world, keys.TOPICS_INDEX)["topics"]
    assert (every["last_7_days"], every["last_30_days"], every["count"]) == (6, 12, 15)
    assert [(one["month"], one["count"]) for one in odd["months"]] == [
        ("2025-11", 4),
        ("2025-12", 6),
    ]
    assert (never["count"], never["months"]) == (0, [])


def test_without_topics_nothing_is_read_or_written() -> None:
    world = World()
    world.publish(DAY)
    assert topic_keys(world) == set()
    assert keys.TOPICS_STATE not in world.store.objects
    assert keys.TOPICS_STATE not in world.store.gets


def test_other_votes_leave_feeds_and_bibtex_as_they_are() -> None:
    world = world_of()
    world.publish(DAY)
    world.has(DAY, 3, 2, 9, title=f"Of {DAY}")
    world.run(hours=1)
    put = {key for key in world.store.puts if key.startswith("topics/")}
    assert put == {
        f"topics/{name}{end}"
        for name in ("every", "odd")
        for end in (".html", "/2025-12.html", "/2025-12.json")
    }
    assert ids(world, ODD)[0] == ("2025-12-24", 1, "2512.00003")
    assert faults(world) == []


def test_a_paper_has_one_entry() -> None:
    """Of the first edition in which it has the topic, whatever comes later."""
    world = world_of()
    world.publish(YESTERDAY)
    before = document(world, keys.topic_json("odd"))["items"]
    world.publish(DAY)
    assert document(world, keys.topic_json("odd"))["items"] == before
    assert [item["url"].rpartition("/")[2] for item in before] == [
        "2025-12-23.html#2512.00003",
        "2025-12-23.html#2512.00001",
    ]


def test_a_rule_that_changes_keeps_the_ids_of_entries() -> None:
    world = world_of()
    world.publish(DAY)
    before = {item["id"] for item in document(world, keys.topic_json("odd"))["items"]}
    world.topics, world.release = (replace(ODD, any=("paper 3",)),), "release 2"
    world.run(hours=1)
    after = {item["id"] for item in document(world, keys.topic_json("odd"))["items"]}
    assert len(after) == 1
    assert after < before


def test_a_run_brings_its_days_with_new_rules_and_the_check_the_rest() -> None:
    world = world_of()
    days = (date(2025, 11, 28), date(2025, 12, 1), WEEK_AGO, YESTERDAY, DAY)
    world.publish(*days[:1])
    world.publish(*days[1:])
    world.topics, world.release = (EVERY, replace(ODD, any=("paper 2",)), NEVER), "release 2"
    world.run(DAY, hours=1)
    assert Counter(one[0] for one in ids(world, ODD)) == {
        "2025-12-01": 2,
        str(WEEK_AGO): 2,
        str(YESTERDAY): 2,
        str(DAY): 1,
    }
    assert world.month(DECEMBER).release != world.release
    rebuild.check(world.ports())
    assert Counter(one[0] for one in ids(world, ODD)) == dict.fromkeys(map(str, days[1:]), 1)
    assert len(ids(world, ODD, date(2025, 11, 1))) == 1
    assert faults(world) == []


@pytest.mark.parametrize("paper_id", ["2512.00001", None])
def test_withdrawn_papers_leave_topics(paper_id: str | None) -> None:
    world = world_of()
    world.publish(YESTERDAY, DAY)
    withdraw(DAY, paper_id, RunRequest((DAY,), NOW), world.ports())
    left = [one[2] for one in ids(world, ODD) if one[0] == str(DAY)]
    assert left == ([] if paper_id is None else ["2512.00003"])
    assert faults(world) == []
    if paper_id is None:
        withdraw(YESTERDAY, "2512.00001", RunRequest((DAY,), NOW), world.ports())
        for key in topic_keys(world):
            assert b"2512.00001" not in world.body(key), key


def test_a_month_without_papers_left_says_so() -> None:
    world = world_of()
    world.publish(date(2025, 11, 28))
    world.publish(DAY)
    withdraw(DAY, None, RunRequest((DAY,), NOW), world.ports())
    assert ids(world, ODD) == []
    months = document(world, keys.TOPICS_INDEX)["topics"][1]["months"]
    assert [one["month"] for one in months] == ["2025-11"]


def many(world: World, days: Sequence[date], papers: int) -> None:
    """Publish days with so many papers, each day with papers of its own."""
    for first in sorted({dates.first_of_month(day) for day in days}):
        own = [day for day in days if dates.first_of_month(day) == first]
        for day in own:
            world.source.answers[day] = answer(
                *(entry(n, id=f"{day:%y%m}.{day.day:02}{n:03}") for n in range(papers, 0, -1))
            )
        assert world.run(*own).errors() == []


def test_a_page_shows_the_newest_hundred() -> None:
    world = World(topics=(EVERY,))
    days = [date(2025, 11, day) for day in (26, 27, 28)] + [date(2025, 12, 1), DAY]
    many(world, days, 30)
    page = world.body(keys.topic_page("every")).decode()
    assert page.count("#2512.") + page.count("#2511.") == NEWEST
    assert "2511.27030" in page
    assert "2511.26" not in page
    assert len(ids(world, EVERY, date(2025, 11, 1))) == 90
    withdraw(DAY, None, RunRequest((DAY,), NOW), world.ports())
    world.run(DAY, hours=1)
    assert faults(world) == []


@pytest.mark.parametrize("body", [None, b"<html>", b"{}"])
def test_lost_newest_papers_are_read_again(body: bytes | None) -> None:
    world = world_of()
    world.publish(date(2025, 10, 30))
    world.publish(date(2025, 11, 28))
    world.publish(YESTERDAY)
    world.edit(keys.TOPICS_STATE, body)
    world.publish(DAY)
    rebuild.check(world.ports())
    assert faults(world) == []


def test_the_doctor_examines_topics() -> None:
    world = world_of()
    world.publish(DAY)

    def told() -> list[tuple[str, Level]]:
        found = examine(DAY, world.ports()).findings
        return [(one.found, one.level) for one in found if one.check == Check.TOPICS]

    assert told() == [(f"{len(topic_keys(world))} (pages, feeds, BibTeX and JSON)", Level.RIGHT)]
    world.edit(keys.topic_page("odd"))
    assert [level for _, level in told()] == [Level.WRONG]
    rebuild.check(world.ports())
    assert [level for _, level in told()] == [Level.RIGHT]
    # Other rules are another release: the check is due.
    world.release = "release 2"
    levels = {one.level for one in examine(DAY, world.ports()).findings}
    assert levels == {Level.RIGHT, Level.NOTED}


@pytest.mark.parametrize(("days", "over_edge"), [((DAY, YESTERDAY, WEEK_AGO), False), (EDGE, True)])
@pytest.mark.parametrize("count", [1, 5])
def test_requests_of_a_topic(days: tuple[date, ...], over_edge: bool, count: int) -> None:
    """At most eight for each that changes, none for others, and four for all together."""
    found, before = [], [date(2025, 11, day) for day in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14)]
    changing = tuple(replace(EVERY, id=f"t{number}") for number in range(count))
    others = tuple(replace(NEVER, id=f"n{number}") for number in range(5))
    for topics in ((), (*changing, *others)):
        world = World(topics=topics)
        many(world, [*before, *days[:0:-1]], 10)
        for day in days:
            world.source.answers[day] = answer(
                *(entry(n, id=f"{day:%y%m}.{day.day:02}{n:03}", upvotes=50 - n) for n in range(12))
            )
        assert world.run(*days, hours=24).errors() == []
        found.append(len(world.store.gets) + len(world.store.puts))
    without, with_topics = found
    assert with_topics - without <= (8 if over_edge else 6) * count + 4


def test_no_put_leads_a_reader_astray() -> None:
    """With topics that come, change and go."""
    world = World(StrictStore())
    world.publish(*EDGE)
    for number, topics in enumerate([(EVERY,), (EVERY, ODD), (ODD,)], 2):
        world.topics, world.release = topics, f"release {number}"
        world.publish(DAY - timedelta(days=9 - number))
        rebuild.check(world.ports())
    assert isinstance(world.store, StrictStore)
    assert world.store.dead() == set()


@dataclass
class Brief(World):
    """A world whose posts have only papers of topics, and what rose."""

    def ports(self) -> Ports:
        style = PostStyle(language="en", layout="brief", only_topics=True)
        renderer = PostRenderer(sample.TEMPLATES, style, "", self.topics)
        return replace(super().ports(), renderer=lambda: renderer)


def test_what_rose_has_the_topics_of_its_own_day() -> None:
    world = Brief(topics=(ODD,))
    for count, hours in ((1, -30), (9, -6)):
        world.has(YESTERDAY, count, count, title=f"Of {YESTERDAY}")
        world.run(YESTERDAY, hours=hours)
    world.source.answers[DAY] = answer(entry(9, title="Paper 3 again"))
    world.run(DAY)
    post = world.body(keys.edition_post(DAY)).decode()
    assert "Paper 3 again" in post
    assert post.count(f"Of {YESTERDAY}") == 1


@pytest.mark.parametrize("key", ["schema/topics.v1.json", "schema/topic.v1.json"])
def test_json_keeps_to_its_schema(key: str) -> None:
    schema = json.loads((sample.ROOT / key).read_text("utf-8"))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    world = world_of()
    world.publish(YESTERDAY, DAY)
    made = keys.TOPICS_INDEX if "topics" in key else keys.topic_month_json("odd", DECEMBER)
    assert list(validator.iter_errors(document(world, made))) == []


def test_fixed_files_lead_to_topics() -> None:
    world = world_of()
    world.publish(DAY)
    assert b"topics/index.json" in world.body(keys.LLMS)
    for topic in world.topics:
        assert f"/topics/{topic.id}.xml".encode() in world.body(keys.OPML)
        assert f"/topics/{topic.id}.html<".encode() in world.body(keys.FIXED_SITEMAP)
    assert b"topics/odd/2025-12.html<" in world.body(keys.month_sitemap(DECEMBER))
