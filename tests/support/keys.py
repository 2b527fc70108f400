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
    keys.edition_bibtex,
    keys.vote_history,
    keys.dataset_papers,
)
OF_WEEK = (keys.week_json, keys.week_post, keys.week_page, keys.week_bibtex)
OF_MONTH = (
    keys.month_json,
    keys.month_post,
    keys.month_page,
    keys.month_bibtex,
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
    keys.RISING_JSON,
    keys.RISING_ATOM,
    keys.OPML,
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
    weeks = set(map(dates.monday_of, days))
    pages = [
        keys.HOME,
        *map(keys.edition_page, days),
        *map(keys.week_page, weeks),
        *map(keys.month_page, months),
    ]
    return sorted(
        [
            *(key(day) for key in OF_DAY for day in days),
            *(key(monday) for key in OF_WEEK for monday in weeks),
            *(key(first) for key in OF_MONTH for first in months),
            *map(keys.markdown_of, pages),
            *OF_ALL,
            *fixed(),
            *payloads,
        ]
    )
