"""Editions, weeks and months to Markdown for programs, and `llms.txt`."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from core.model.paper import Edition
from core.model.period import MonthSpan, Period
from core.model.style import SiteStyle
from core.model.votes import VoteHistory


class MarkdownRenderer:
    """Renders Markdown with the templates and locales in `directory`, in the style's language."""

    def __init__(self, directory: Path, site_url: str, style: SiteStyle) -> None:
        raise NotImplementedError

    def edition(self, edition: Edition, votes: VoteHistory) -> bytes:
        """Return the Markdown of an edition's page. Raises `RenderError`."""
        raise NotImplementedError

    def home(self, edition: Edition, votes: VoteHistory, spans: Sequence[MonthSpan]) -> bytes:
        """Return the Markdown of the home page. Raises `RenderError`."""
        raise NotImplementedError

    def period(self, period: Period) -> bytes:
        """Return the Markdown of a week's or month's page. Raises `RenderError`."""
        raise NotImplementedError

    def withdrawn(self, day: date) -> bytes:
        """Return the Markdown that replaces a withdrawn edition's. Raises `RenderError`."""
        raise NotImplementedError

    def fixed(self) -> Mapping[str, bytes]:
        """Return the files that do not depend on editions, by their keys. Raises `RenderError`."""
        raise NotImplementedError
