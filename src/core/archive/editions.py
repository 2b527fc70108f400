"""The editions that a run publishes, found again by their JSON."""

from collections.abc import Iterable
from datetime import date, datetime

from core.archive.seen import readable
from core.model.paper import Edition
from core.model.report import Rendered
from core.render import json


class Editions:
    """What a run knows of editions; those of other runs are read from their JSON."""

    def __init__(self, ours: Iterable[Rendered]) -> None:
        self._ours = {rendered.json: rendered for rendered in ours}
        self._by_day = {rendered.edition.day: rendered for rendered in self._ours.values()}

    @property
    def days(self) -> list[date]:
        """Return the days that this run publishes, in order."""
        return sorted(self._by_day)

    def made_at(self, day: date) -> datetime:
        """Return the time of what this run brings for a day."""
        return self._by_day[day].made_at

    def read(self, body: bytes | None) -> Edition | None:
        """Return the edition that JSON holds; one that nobody can read is none."""
        ours = self._ours.get(body) if body else None
        return ours.edition if ours else readable(body, json.read)
