"""Topics to JSON: the list of topics, and a topic's papers of a month.

The schemas are `schema/topics.v1.json` and `schema/topic.v1.json`.
"""

from collections.abc import Sequence
from datetime import date

from core.model import keys
from core.model.topic import Topic, TopicCount, TopicPaper
from core.render import lines
from core.render.json import organization_as_json

SCHEMA_VERSION = 1


def index(counts: Sequence[TopicCount]) -> bytes:
    """Return the list of topics, with their numbers of papers, as UTF-8 JSON: a topic a line."""
    members = {
        "schema_version": lines.value(SCHEMA_VERSION),
        "topics": lines.array(map(lines.value, map(_topic, counts)), 4),
    }
    return lines.document(members)


def month(topic: Topic, first: date, papers: Sequence[TopicPaper]) -> bytes:
    """Return a topic's papers of a month, newest day first, as UTF-8 JSON: a paper a line."""
    members = {
        "schema_version": SCHEMA_VERSION,
        "topic": topic.id,
        "title": topic.title,
        "month": f"{first:%Y-%m}",
        "page": keys.topic_month_page(topic.id, first),
        "count": len(papers),
    }
    return lines.document(
        {key: lines.value(value) for key, value in members.items()}
        | {"papers": lines.array(map(lines.value, map(_paper, papers)), 4)}
    )


def _topic(count: TopicCount) -> dict[str, object]:
    topic = count.topic
    return {
        "id": topic.id,
        "title": topic.title,
        "page": keys.topic_page(topic.id),
        "feed": keys.topic_json(topic.id),
        "atom": keys.topic_atom(topic.id),
        "bibtex": keys.topic_bibtex(topic.id),
        "count": sum(count.months.values()),
        "last_7_days": count.last_7_days,
        "last_30_days": count.last_30_days,
        "months": [
            {
                "month": f"{first:%Y-%m}",
                "count": papers,
                "json": keys.topic_month_json(topic.id, first),
                "page": keys.topic_month_page(topic.id, first),
            }
            for first, papers in count.months.items()
        ],
    }


def _paper(one: TopicPaper) -> dict[str, object]:
    paper = one.paper
    return {
        "date": str(one.day),
        "rank": one.rank,
        "id": paper.id,
        "title": paper.title,
        "authors": paper.authors,
        "organization": organization_as_json(paper.organization),
        "summary": paper.ai_summary,
        "votes": paper.votes,
        "why": [{"term": reason.term, "field": reason.field} for reason in one.reasons],
    }
