"""The months of a crawler's archive, which it never summed up itself."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby

from core.legacy import entry_fixes, frontmatter
from core.legacy.crawler import CrawledDay
from core.legacy.organizations import known_names
from core.model import dates, keys
from core.model.blog import BlogFile
from core.model.month import Month, MonthEdition
from core.model.ports import Renderer


def month_posts(
    days: Iterable[CrawledDay], before: Mapping[str, bytes], today: date, renderer: Renderer
) -> Iterator[BlogFile]:
    """Yield the posts of the months that are over and have any of these days, where they change.

    `before` are the blog's own by path. Their front matter stays as it is, so that their URLs do;
    but without a permalink all have the same one, which only the first can keep.
    """
    ordered = sorted(days, key=lambda crawled: crawled.day)
    names = known_names(ordered, ())
    for first, group in groupby(ordered, lambda crawled: dates.first_of_month(crawled.day)):
        editions = (
            MonthEdition(entry_fixes.mend(crawled, names, {}).edition, "", crawled.crawled_at)
            for crawled in group
        )
        if dates.is_over(first, today):
            path = keys.blog_month_post(first)
            post = renderer.month_post(Month(first, tuple(editions)))
            head = _head(path, before)
            body = head + frontmatter.body(post) if head else post
            if body != before.get(path):
                yield BlogFile(path, body)


def _head(path: str, before: Mapping[str, bytes]) -> bytes | None:
    """Return the front matter that a stored post keeps, if there is any."""
    heads = {
        other: found[0]
        for other, post in sorted(before.items())
        if (found := frontmatter.split(post))
    }
    unnamed = [
        other for other in heads if frontmatter.parse(heads[other]).value("permalink") is None
    ]
    return None if path in unnamed[1:] else heads.get(path)
