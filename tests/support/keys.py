"""All keys of an archive."""

from collections.abc import Iterable, Sequence
from datetime import date

from core.model import dates, keys
from core.model.style import SiteStyle
from core.render.site import SiteRenderer
from tests.support import sample

OF_DAY = (
    keys.edition_json,
    keys.edition_post,
    keys.edition_page,
    keys.vote_history,
    keys.dataset_papers,
)
OF_MONTH = (
    keys.month_json,
    keys.month_post,
    keys.month_page,
    keys.search_shard,
    keys.month_sitemap,
    keys.month_state,
)
OF_ALL = (
    keys.LATEST_JSON,
    keys.LATEST_POST,
    keys.ROOT_INDEX,
    keys.HOME,
    keys.FEED_JSON,
    keys.FEED_ATOM,
    keys.PAPERS_JSON,
    keys.PAPERS_ATOM,
    keys.SITEMAP,
    keys.ROOT_STATE,
)


def fixed() -> list[str]:
    """Return the keys of the files that do not depend on editions."""
    site = SiteRenderer(sample.TEMPLATES, SiteStyle(), "https://papers.example")
    return [*keys.SCHEMAS, *site.fixed()]


def archive(days: Sequence[date], payloads: Iterable[str] = ()) -> list[str]:
    """Return the keys of an archive of these days in order, with the keys of its payloads."""
    months = set(map(dates.first_of_month, days))
    return sorted(
        [
            *(key(day) for key in OF_DAY for day in days),
            *(key(first) for key in OF_MONTH for first in months),
            *OF_ALL,
            *fixed(),
            *payloads,
        ]
    )
