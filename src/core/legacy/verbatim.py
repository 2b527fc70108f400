"""What the crawler stored to the post that it made of it: nothing mended, nothing escaped."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from core.legacy import entry_fixes, frontmatter
from core.legacy.crawler import CrawledDay
from core.model.month import Month
from core.model.paper import Edition
from core.model.ports import Renderer
from core.model.style import PostStyle
from core.render.post import Filters, PostLayout

AS_STORED: Filters = {
    "abstract_page": lambda paper: paper.abstract_page or "",
    "bold": lambda text: text,
    "institution": lambda paper: paper.institution,
    "markdown": lambda text: text,
    "page": lambda paper: paper.url,
}


class VerbatimRenderer:
    """Renders posts as the crawler did, with the templates and locales below `templates`."""

    def __init__(self, templates: Path, style: PostStyle) -> None:
        self._layout = PostLayout(templates, style, AS_STORED)
        self._math = style.math

    def post(self, crawled: CrawledDay, head: bytes | None = None) -> bytes:
        """Return the post of a stored day; `head` is the front matter that it gets as it is.

        Raises `RenderError`.
        """
        post = self._layout.fill(crawled.day, crawled.papers, math=self._math)
        return post if head is None else head + frontmatter.body(post)


class VerbatimPosts:
    """Renders the archive's own editions as the crawler did, and others as usual.

    `heads` are the front matter of the posts that the archive has, which these get again.
    """

    def __init__(
        self,
        days: Iterable[CrawledDay],
        heads: Mapping[date, bytes],
        verbatim: VerbatimRenderer,
        usual: Renderer,
    ) -> None:
        self._days = {crawled.day: crawled for crawled in days}
        self._heads = heads
        self._verbatim = verbatim
        self._usual = usual

    def post(self, edition: Edition) -> bytes:
        """Return the post of an edition. Raises `RenderError`."""
        crawled = self._days.get(edition.day)
        if crawled and edition == entry_fixes.verbatim(crawled):
            return self._verbatim.post(crawled, self._heads.get(edition.day))
        return self._usual.post(edition)

    def data(self, edition: Edition, updated_at: datetime) -> bytes:
        """Return the blog's data of an edition, as usual."""
        return self._usual.data(edition, updated_at)

    def month_post(self, month: Month) -> bytes:
        """Return the post of a month, as usual. Raises `RenderError`."""
        return self._usual.month_post(month)
