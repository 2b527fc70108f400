"""Plan the objects of topics: from the months' entries, which say why papers have a topic.

A month's entry of an edition has the matches of its papers. A topic's page and feeds show its
newest papers, which can be of many months, so `state/topics.json` keeps them. Months that it lacks
are read again: it is derived, too.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.archive.planned import PlannedObject, Tier, is_same, manifest_of, of_month
from core.archive.ports import Ports
from core.archive.state import Archive, MonthState, Root
from core.archive.state_json import render_newest
from core.model import dates, keys
from core.model.paper import Edition, Paper
from core.model.ports import TopicRules
from core.model.topic import Newest, Topic, TopicCount, TopicPaper
from core.render import bibtex
from core.render import topics as topics_json

# How many papers a topic's page shows.
NEWEST = 100
# Days.
WEEK, MONTH, LONGEST_MONTH = 7, 30, 31

Papers = Mapping[date, Sequence[Paper]]
"""The papers of days, as the search data has them."""


def with_matches(
    archive: Archive, editions: Mapping[date, Edition], days: Iterable[date], rules: TopicRules
) -> Archive:
    """Return the archive with the topics of these days' papers, as far as they can be read."""
    for day in days:
        entry, edition = archive.find(day), editions.get(day)
        if entry and edition:
            matches = {paper.id: rules.matches(paper) for paper in edition.papers}
            topics = {paper: found for paper, found in matches.items() if found}
            archive = archive.with_edition(replace(entry, topics=topics))
    return archive


def lacking(root: Root, newest: Newest, topics: Iterable[Topic]) -> set[date]:
    """Return the months of which the newest papers are fewer than those that the root counts."""
    found: set[date] = set()
    for topic in topics:
        there = Counter(dates.first_of_month(one.day) for one in newest.get(topic.id, ()))
        left = NEWEST
        for month in reversed(root.months):
            count = min(sum(month.topics.get(topic.id, ())), left)
            if there[month.first] < count:
                found.add(month.first)
            left -= count
    return found


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """What the objects of topics are planned from.

    `months` are the months to plan, and `again` those of which only the newest papers are needed
    again. `days` are the days that the run renders. With `whole`, all objects are planned, changed
    or not. With `front`, they include those that belong to no month. `papers` are those of all
    these months. `newest` are the papers that were kept.
    """

    before: Archive
    after: Archive
    months: Collection[date]
    again: Collection[date]
    days: Collection[date]
    papers: Papers
    newest: Newest
    front: bool
    whole: bool

    def objects(self, ports: Ports, topics: Sequence[Topic]) -> Iterator[PlannedObject]:
        """Yield the objects. Raises `RenderError`."""
        of_months = {
            first: _of_month(self.after.months[first], self.papers)
            for first in {*self.months, *self.again}
        }
        for first in self.months:
            yield from self._month(first, of_months[first], ports, topics)
        if self.front:
            yield from self._front(of_months, ports, topics)

    def _front(
        self,
        of_months: Mapping[date, Mapping[str, Sequence[TopicPaper]]],
        ports: Ports,
        topics: Sequence[Topic],
    ) -> Iterator[PlannedObject]:
        """Yield the objects that belong to no month."""
        newest = {topic.id: self._newest(topic, of_months) for topic in topics}
        counts = [_count(topic, self.after.root) for topic in topics]
        for count in counts:
            if self.whole or self._is_touched(count, newest):
                yield from self._topic(count, newest[count.topic.id], ports)
        spans = self.after.root.spans()
        index = ports.site().topic_index(counts, spans[-1].newest)
        yield self._of_front(keys.TOPICS_PAGE, index)
        yield self._of_front(keys.TOPICS_INDEX, topics_json.index(counts))
        yield self._of_front(keys.TOPICS_STATE, render_newest(newest))

    def _month(
        self,
        first: date,
        found: Mapping[str, Sequence[TopicPaper]],
        ports: Ports,
        topics: Sequence[Topic],
    ) -> Iterator[PlannedObject]:
        """Yield the objects of a month, of topics that have papers in it, or had some."""
        manifest = manifest_of(self.before, first)
        is_whole = self.whole or set(self.days) >= _days(self.after.months[first])
        for topic in topics:
            papers, key = found.get(topic.id, ()), keys.topic_month_json(topic.id, first)
            if not papers and key not in manifest:
                continue
            planned = of_month(first, key, topics_json.month(topic, first, papers), self.before)
            yield planned
            # The page has the same content.
            if is_whole or not is_same(planned, manifest):
                page = ports.site().topic_month(topic, first, papers)
                yield of_month(first, keys.topic_month_page(topic.id, first), page, self.before)

    def _topic(
        self, count: TopicCount, papers: Sequence[TopicPaper], ports: Ports
    ) -> Iterator[PlannedObject]:
        """Yield a topic's page, feeds and BibTeX."""
        topic, feeds = count.topic, ports.feeds()
        feed = feeds.topic(topic, papers)
        once = {one.paper.id: one.paper for one in papers}
        bodies = {
            keys.topic_page(topic.id): ports.site().topic(count, papers),
            keys.topic_json(topic.id): feed,
            keys.topic_atom(topic.id): feeds.atom(feed),
            keys.topic_bibtex(topic.id): bibtex.render(once.values()),
        }
        for key, body in bodies.items():
            yield self._of_front(key, body)

    def _newest(
        self, topic: Topic, of_months: Mapping[date, Mapping[str, Sequence[TopicPaper]]]
    ) -> tuple[TopicPaper, ...]:
        """Return the newest papers of a topic."""
        papers = [
            one
            for one in self.newest.get(topic.id, ())
            if dates.first_of_month(one.day) not in of_months
        ]
        papers += [one for found in of_months.values() for one in found.get(topic.id, ())]
        papers.sort(key=lambda one: (-one.day.toordinal(), one.rank))
        return tuple(papers[:NEWEST])

    def _is_touched(self, count: TopicCount, newest: Newest) -> bool:
        topic = count.topic.id
        return (
            newest[topic] != self.newest.get(topic, ())
            or _months(topic, self.after.root) != _months(topic, self.before.root)
            or keys.topic_page(topic) not in self.before.root.manifest
        )

    def _of_front(self, key: str, body: bytes) -> PlannedObject:
        is_new = key not in self.before.root.manifest
        return PlannedObject(key, body, Tier.NEW if is_new else Tier.FRONT)


def _of_month(month: MonthState, papers: Papers) -> dict[str, list[TopicPaper]]:
    """Return a month's papers of each topic, newest day first, by rank within a day."""
    found: dict[str, list[TopicPaper]] = {}
    for entry in reversed(month.month().editions):
        published_at = entry.published_at or dates.post_time(entry.day)
        listed = {paper.id: paper for paper in papers.get(entry.day, ())}
        for rank, brief in enumerate(entry.edition.papers, 1):
            known = listed.get(brief.id, brief)
            paper = replace(
                brief, title=known.title, authors=known.authors, ai_summary=known.ai_summary
            )
            for match in entry.topics.get(brief.id, ()):
                one = TopicPaper(entry.day, rank, paper, match.reasons, published_at)
                found.setdefault(match.topic, []).append(one)
    return found


def _count(topic: Topic, root: Root) -> TopicCount:
    """Return a topic in numbers."""
    months = _months(topic.id, root)
    spans = root.spans()
    last = spans[-1].newest if spans else date.min
    ages = [
        (last - first).days - number
        for first, days in months.items()
        if (last - first).days < LONGEST_MONTH + MONTH
        for number, count in enumerate(days)
        for _ in range(count)
    ]
    totals = {first: sum(days) for first, days in months.items()}
    week, month = (sum(age < days for age in ages) for days in (WEEK, MONTH))
    return TopicCount(topic, week, month, totals)


def _months(topic: str, root: Root) -> dict[date, tuple[int, ...]]:
    """Return how many papers of a topic each day has, of the months that have any."""
    return {month.first: month.topics[topic] for month in root.months if topic in month.topics}


def _days(month: MonthState) -> set[date]:
    return {entry.day for entry in month.editions}
