"""Publish the data set of a month: its papers, and their votes over time, a row each.

The month's index comes after it, and tells by its digests whose rows are there already.
"""

from collections.abc import Callable, Collection
from datetime import date
from functools import partial

from core.archive.editions import Editions
from core.archive.seen import Look, Outcomes, Read, readable
from core.archive.writer import Writer
from core.model import keys
from core.model.month import Month
from core.render import dataset
from core.render import votes as render_votes

Facts = dict[date, tuple[bytes | None, bytes | None]]
"""What the rows of days follow from: the JSON of their editions, and their vote records."""


def bring_rows(
    month: Month,
    days: Collection[date],
    editions: Editions,
    writer: Writer,
    *,
    again: Callable[[], object],
    afresh: bool,
) -> None:
    """Bring the rows of these days of a month, and those that are lacking. Raises `StoreConflict`.

    An edition without papers has none. `afresh` is for another try, `again` makes that when others
    change what the rows follow from.
    """
    papers_key, votes_key = keys.dataset(month.first)

    def derive(facts: Facts, look: Look) -> Outcomes:
        stored = {key: look(key) for key in (papers_key, votes_key)}
        files = {key: found.body if found else None for key, found in stored.items()}
        # Each day has papers; votes may be known of none.
        there = dataset.days(files[papers_key]) if files[votes_key] else set()
        listed = (entry.edition.day for entry in month.editions)
        lacking = [day for day in listed if day not in there and day not in facts]
        for day, (body, record) in (_gather(lacking, writer.known) | facts).items():
            edition, votes = editions.read(body), readable(record, render_votes.read)
            rows = {
                papers_key: dataset.papers(edition) if edition else b"",
                votes_key: dataset.votes(votes) if votes else b"",
            }
            files = {key: dataset.with_member(files[key], day, rows[key]) for key in files}
        return {key: body for key, body in files.items() if body is not None}

    at, of = (papers_key, votes_key), keys.of_days(days)
    writer.bring(partial(_gather, days), derive, at, of, given=None, again=again, afresh=afresh)


def _gather(days: Collection[date], read: Read) -> Facts:
    return {day: (read(keys.edition_json(day)), read(keys.vote_record(day))) for day in days}
