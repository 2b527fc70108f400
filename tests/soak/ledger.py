"""What an archive should hold, noted from what the source said to each run."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from core.model.report import Status
from tests.soak.world import Kind, Said

Papers = dict[str, int]
"""The votes of papers by their ids, in the order of their ranks."""


@dataclass(slots=True)
class Book:
    """What is known of an edition: its papers, votes by time, digests of payloads."""

    papers: Papers
    titles: dict[str, str]
    records: dict[datetime, Papers] = field(default_factory=dict)
    payloads: list[str] = field(default_factory=list)


class Ledger:
    """Hears what runs are told, and says how each of their days should end."""

    def __init__(self) -> None:
        self.books: dict[date, Book] = {}
        self.heard: Counter[Kind] = Counter()
        self.statuses: Counter[Status] = Counter()

    def hear(self, day: date, now: datetime, said: Said) -> Status:
        """Note what the source says of a day to a run, and return how the day should end."""
        status = self._judge(day, now, said)
        self.heard[said.kind] += 1
        self.statuses[status] += 1
        return status

    def _judge(self, day: date, now: datetime, said: Said) -> Status:
        if said.kind in (Kind.GARBAGE, Kind.BROKEN, Kind.OUTAGE):
            return Status.FAILED
        papers = _ranked(said)
        if not papers:
            return Status.EMPTY
        before = self.books.get(day)
        if _strangers(day, said) or (before and _is_worse(papers, before.papers)):
            return Status.KEPT
        return self._note(day, now, said, papers)

    def _note(self, day: date, now: datetime, said: Said, papers: Papers) -> Status:
        before = self.books.get(day)
        titles = _titles(said)
        same = before and list(before.papers.items()) == list(papers.items())
        book = before or Book(papers, titles)
        book.papers, book.titles = papers, titles
        last = list(book.records.values())[-1:]
        if now not in book.records and last != [papers]:
            book.records[now] = papers
        assert isinstance(said.answer, bytes)
        digest = sha256(said.answer).hexdigest()[:16]
        if book.payloads[-1:] != [digest]:
            book.payloads.append(digest)
        self.books[day] = book
        return Status.UNCHANGED if same and before else Status.PUBLISHED


def _strangers(day: date, said: Said) -> bool:
    """Tell whether most papers say that they belong to another day."""
    own = str(day)
    days = {paper["id"]: str(paper.get("submittedOnDailyAt", own)) for paper in _papers(said)}
    return 2 * sum(not other.startswith(own) for other in days.values()) > len(days)


def _is_worse(papers: Papers, before: Papers) -> bool:
    fewer = 2 * len(papers) < len(before)
    return fewer or (any(before.values()) and not any(papers.values()))


def _ranked(said: Said) -> Papers:
    votes: Papers = {}
    for paper in _papers(said):
        votes[paper["id"]] = max(paper["upvotes"], votes.get(paper["id"], 0))
    return dict(sorted(votes.items(), key=lambda item: (item[1], item[0]), reverse=True))


def _titles(said: Said) -> dict[str, str]:
    return {paper["id"]: " ".join(paper["title"].split()) for paper in _papers(said)}


def _papers(said: Said) -> list[dict[str, Any]]:
    assert isinstance(said.answer, bytes)
    return [found["paper"] for found in json.loads(said.answer)]
