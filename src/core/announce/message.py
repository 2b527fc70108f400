"""What to say: the message of an edition or of a week, with texts in the owner's language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.edition.ranking import comparable, rank
from core.edition.summary import summarize
from core.model import keys, links
from core.model.announcement import AnnounceStyle, Item, Message
from core.model.paper import Edition, Paper
from core.model.period import Period
from core.model.report import totals
from core.model.text import ELLIPSIS
from core.model.topic import Match
from core.render import paper_texts, templates
from core.render.brief import page_url, paper_url
from core.render.paper_texts import plural
from core.render.sentences import first_sentence

# Characters of the newspaper's title in a subject.
MOST_TITLE = 40

Topics = Mapping[str, Sequence[Match]]
"""The topics of papers that have any, by the papers' ids."""


class Writer:
    """Writes messages in one style; `templates` is the directory of the locales.

    `site` is the site's address, empty without a site, and `store` the place of the archive.
    """

    def __init__(
        self, directory: Path, style: AnnounceStyle, site: str = "", store: str = ""
    ) -> None:
        text = templates.words(directory, style.language)
        self._words, self._numbers, self._dates = text["announce"], text["brief"], text["site"]
        self._style, self._site, self._store = style, site, store

    def edition(self, edition: Edition, topics: Topics) -> Message:
        """Return the message of an edition; its items are empty if no paper has its topics."""
        day = edition.day
        ranked = list(self._chosen(edition, topics))
        items = tuple(self._item(place, paper, day) for place, paper in ranked[: self._style.top])
        found = totals(edition)
        counts = self._counts(found.papers, found.votes)
        if self._style.topics:
            counts += f", {plural(self._words['chosen'], len(ranked))}"
        return Message(
            name=str(day),
            subject=self._subject(str(day), items),
            heading=self._heading(self._date(day)),
            counts=counts,
            items=items,
            more=self._words["all"],
            url=page_url(self._site, day),
            papers=found.papers,
            votes=found.votes,
            day=day,
            keys=edition_keys(day),
            store=self._store,
            site=self._site,
        )

    def week(self, week: Period, read: Callable[[date], Edition | None]) -> Message:
        """Return the message of a week: its papers with most votes.

        The week has its papers in brief; `read` returns the edition of a day, for the summaries. A
        paper that has been withdrawn since is left out.
        """
        best: dict[str, tuple[Paper, date]] = {}
        for entry in week.editions:
            for _, paper in self._chosen(entry.edition, entry.topics):
                known = best.get(paper.id)
                if not known or comparable(paper.votes) >= comparable(known[0].votes):
                    best[paper.id] = paper, entry.day
        ranked = rank(paper for paper, _ in best.values())
        chosen = [best[paper.id] for paper in ranked[: self._style.top]]
        editions = {day: read(day) for day in sorted({day for _, day in chosen})}
        items: list[Item] = []
        for paper, day in chosen:
            edition = editions[day]
            papers = edition.papers if edition else ()
            whole = next((one for one in papers if one.id == paper.id), None)
            if whole:
                items.append(self._item(len(items) + 1, whole, day))
        found = summarize(week)
        votes = found.votes if any(paper.votes is not None for paper in ranked) else None
        span = self._words["week"].format(first=week.first, last=week.last)
        return Message(
            name=week.name,
            subject=self._subject(week.name, items),
            heading=self._heading(span),
            counts=self._counts(found.papers, votes),
            items=tuple(items),
            more=self._words["all_of_week"],
            url=self._week_url(week),
            papers=found.papers,
            votes=votes,
            store=self._store,
            site=self._site,
        )

    def greeting(self) -> Message:
        """Return a message that only tests a channel."""
        title = paper_texts.plain(self._style.title)
        return Message(
            name="test",
            subject=self._words["greeting_subject"].format(title=title),
            heading=title,
            counts=self._words["greeting"].format(title=title),
            items=(),
            more="",
            url="",
            papers=0,
            votes=None,
            site=self._site,
        )

    def _chosen(self, edition: Edition, topics: Topics) -> Iterator[tuple[int, Paper]]:
        """Yield the papers that have one of the style's topics, or all, with their ranks."""
        wanted = set(self._style.topics)
        for place, paper in enumerate(edition.papers, 1):
            own = {match.topic for match in topics.get(paper.id, ())}
            if not wanted or own & wanted:
                yield place, paper

    def _item(self, place: int, paper: Paper, day: date) -> Item:
        organization = paper_texts.organization(paper)
        votes = None if paper.votes is None else plural(self._numbers["votes"], paper.votes)
        return Item(
            rank=place,
            id=paper.id,
            title=paper_texts.title(paper),
            url=paper_url(self._site, day, paper.id),
            votes=paper.votes,
            organization=organization,
            summary=first_sentence(paper_texts.brief(paper)),
            byline=" · ".join(filter(None, [votes, organization])),
        )

    def _subject(self, name: str, items: Sequence[Item]) -> str:
        # What is cut at the end of a subject is the lead's title, not the name.
        title = paper_texts.plain(self._style.title)
        if len(title) > MOST_TITLE:
            title = title[: MOST_TITLE - 1].rstrip() + ELLIPSIS
        lead = items[0].title if items else ""
        return str(self._words["subject"].format(title=title, name=name, lead=lead))

    def _heading(self, when: str) -> str:
        title = paper_texts.plain(self._style.title)
        return str(self._words["heading"].format(title=title, when=when))

    def _counts(self, papers: int, votes: int | None) -> str:
        counts = [plural(self._numbers["papers"], papers)]
        counts += [] if votes is None else [plural(self._numbers["votes"], votes)]
        return ", ".join(counts)

    def _date(self, day: date) -> str:
        table: Mapping[str, Any] = self._dates
        return str(
            table["date"].format(
                day=day.day,
                month=table["month_names"][day.month - 1],
                weekday=table["weekday_names"][day.weekday()],
                year=day.year,
            )
        )

    def _week_url(self, week: Period) -> str:
        if self._site:
            return f"{self._site}/{keys.week_page(week.first)}"
        return links.week_page(week.first)


def edition_keys(day: date) -> dict[str, str]:
    """Return the keys of an edition's objects by their kinds, for programs."""
    return {
        "edition": keys.edition_json(day),
        "votes": keys.vote_history(day),
        "page": keys.edition_page(day),
        "post": keys.edition_post(day),
        "bibtex": keys.edition_bibtex(day),
    }
