"""Render posts exactly as the old crawler did: nothing fixed, nothing escaped."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from core.legacy import entry_fixes, front_matter
from core.model.paper import Edition
from core.model.period import Period
from core.model.ports import Renderer
from core.model.style import PostStyle
from core.model.topic import Match
from core.model.votes import Risen
from core.render import json
from core.render.blog_data import StoredDay
from core.render.post import Filters, PostLayout

AS_STORED: Filters = {
    "abstract_page": lambda paper: paper.abstract_page or "",
    "bold": lambda text: text,
    "institution": lambda paper: paper.institution,
    "markdown": lambda text: text,
    "page": lambda paper: paper.url,
}


class VerbatimRenderer:
    """Renders stored days as the crawler did, with the templates and locales below `templates`."""

    def __init__(self, templates: Path, style: PostStyle) -> None:
        self._layout = PostLayout(templates, style, AS_STORED)
        self._math = style.math

    def post(self, stored: StoredDay, head: bytes | None = None) -> bytes:
        """Return the post of a stored day; `head` replaces its front matter, byte for byte.

        Raises `RenderError`.
        """
        post = self._layout.fill(stored.day, stored.papers, math=self._math)
        return post if head is None else head + front_matter.body(post)


class VerbatimPosts:
    """The `Renderer` of an import with `--verbatim`.

    Stored days get the post that the crawler made, with the front matter in `heads` where their day
    has one. Everything else is left to the `usual` renderer.
    """

    def __init__(
        self,
        days: Iterable[StoredDay],
        heads: Mapping[date, bytes],
        verbatim: VerbatimRenderer,
        usual: Renderer,
    ) -> None:
        self._days = {stored.day: stored for stored in days}
        self._heads = heads
        self._verbatim = verbatim
        self._usual = usual

    @property
    def has_risen(self) -> bool:
        """Whether a day's post shows what rose since the day before."""
        return self._usual.has_risen

    def post(
        self,
        edition: Edition,
        rose: Sequence[Risen] = (),
        topics: Mapping[str, Sequence[Match]] = {},
    ) -> bytes:
        """Return the post of an edition. Raises `RenderError`."""
        stored = self._days.get(edition.day)
        if stored and _is_verbatim(edition, stored):
            return self._verbatim.post(stored, self._heads.get(edition.day))
        return self._usual.post(edition, rose, topics)

    def data(self, edition: Edition) -> bytes:
        """Return the blog's data file of an edition, as usual."""
        return self._usual.data(edition)

    def period_post(self, period: Period) -> bytes:
        """Return the post of a week or month, as usual. Raises `RenderError`."""
        return self._usual.period_post(period)


def _is_verbatim(edition: Edition, stored: StoredDay) -> bool:
    """Return whether an edition is the stored day, as it was imported or as it reads back."""
    imported = entry_fixes.verbatim(stored)
    if edition.source != imported.source or not imported.papers:
        return False
    # JSON's reader puts each text on one line.
    return edition.papers in (imported.papers, json.read(json.render(imported)).papers)
