"""Five topics with rules that a test can follow: a word in a paper's title or abstract."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from core.model import dates, keys
from core.model.paper import Edition, Paper
from core.model.topic import Match, Reason, Topic, TopicCount, TopicPaper
from core.render import paper_texts
from core.render.site import SiteRenderer
from tests.support.papers import NOW

WORDS = {
    "agents": "agent",
    "rag": "retriev",
    "video": "video",
    "reasoning": "reason",
    "nothing": "no paper has this",
}
TOPICS = (
    Topic("agents", {"ko": "에이전트", "en": "Agents"}),
    Topic("rag", {"ko": "검색 증강 생성", "en": "Retrieval"}),
    Topic("video", {"ko": "영상", "en": "Video generation"}),
    Topic("reasoning", {"ko": "추론", "en": "Reasoning"}),
    Topic("nothing", {"ko": "빈 주제"}),
)


def matches(paper: Paper) -> tuple[Match, ...]:
    """Return the topics that a paper has, and why."""
    texts = {"title": paper.title, "abstract": paper.abstract or ""}
    reasons = {
        topic: tuple(
            Reason(f"{word}*", field) for field, text in texts.items() if word in text.casefold()
        )
        for topic, word in WORDS.items()
    }
    return tuple(Match(topic, found) for topic, found in reasons.items() if found)


def of_edition(edition: Edition) -> Mapping[str, Sequence[Match]]:
    """Return the topics of an edition's papers by the papers' ids."""
    return {paper.id: matches(paper) for paper in edition.papers}


def topic_papers(topic: str, editions: Sequence[Edition]) -> list[TopicPaper]:
    """Return the papers of a topic, the newest day first."""
    return [
        TopicPaper(edition.day, rank, _as_shown(paper), match.reasons, NOW)
        for edition in sorted(editions, key=lambda one: one.day, reverse=True)
        for rank, paper in enumerate(edition.papers, 1)
        for match in matches(paper)
        if match.topic == topic
    ]


def pages(renderer: SiteRenderer, editions: Sequence[Edition]) -> dict[str, bytes]:
    """Return the pages of the five topics by their keys."""
    newest = max(edition.day for edition in editions)
    made = {}
    counts = []
    for topic in TOPICS:
        papers = topic_papers(topic.id, editions)
        firsts = [dates.first_of_month(one.day) for one in reversed(papers)]
        months = {first: firsts.count(first) for first in dict.fromkeys(firsts)}
        week, month = (
            sum(one.day > newest - timedelta(days) for one in papers) for days in (7, 30)
        )
        counts.append(TopicCount(topic, week, month, months))
        made[keys.topic_page(topic.id)] = renderer.topic(counts[-1], papers[:100])
        for first in months:
            of_month = [one for one in papers if dates.first_of_month(one.day) == first]
            page = renderer.topic_month(topic, first, of_month)
            made[keys.topic_month_page(topic.id, first)] = page
    return made | {keys.TOPICS_PAGE: renderer.topic_index(counts, newest)}


def _as_shown(paper: Paper) -> Paper:
    return replace(paper, title=paper_texts.title(paper), ai_summary=paper_texts.brief(paper))
