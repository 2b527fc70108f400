"""All keys of an archive."""

from collections.abc import Iterable, Sequence
from datetime import date

from core import catalog, layout
from core.render.site import SiteRenderer
from tests.support import sample

OF_DAY = (
    layout.edition_json,
    layout.edition_post,
    layout.edition_page,
    layout.vote_record,
)
OF_MONTH = (
    layout.month_json,
    layout.month_post,
    layout.month_page,
    layout.month_index,
    layout.search_shard,
    layout.month_sitemap,
    layout.dataset_papers,
    layout.dataset_votes,
)
OF_ALL = (
    layout.LATEST_JSON,
    layout.LATEST_POST,
    layout.ROOT_INDEX,
    layout.HOME,
    layout.FEED_JSON,
    layout.FEED_ATOM,
    layout.PAPERS_JSON,
    layout.PAPERS_ATOM,
    layout.SITEMAP,
)


def fixed() -> list[str]:
    """Return the keys of what is the same whatever is published."""
    site = SiteRenderer(sample.TEMPLATES, "ko", "https://papers.example")
    return [*layout.SCHEMAS, *site.fixed()]


def archive(days: Sequence[date], payloads: Iterable[str] = ()) -> list[str]:
    """Return the keys of an archive of these days in order, with the keys of its payloads."""
    months = set(map(catalog.first_of_month, days))
    return sorted(
        [
            *(key(day) for key in OF_DAY for day in days),
            *(key(first) for key in OF_MONTH for first in months),
            *OF_ALL,
            *fixed(),
            *payloads,
        ]
    )
