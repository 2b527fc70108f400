"""The archive's months to JSON: `index.json`, the first object for programs to read.

The schema is `schema/index.v1.json`. Each month is on one line.
"""

from collections.abc import Sequence

from core.model import keys
from core.model.period import MonthSpan
from core.render import lines

SCHEMA_VERSION = 1


def render(spans: Sequence[MonthSpan]) -> bytes:
    """Return the index of these months, oldest first and at least one, as UTF-8 JSON."""
    newest = spans[-1].newest
    latest = {
        "date": str(newest),
        "json": keys.edition_json(newest),
        "page": keys.edition_page(newest),
    }
    return lines.document(
        {
            "schema_version": lines.value(SCHEMA_VERSION),
            "latest": lines.value(latest),
            "months": lines.array((lines.value(_month(span)) for span in spans), 4),
        }
    )


def _month(span: MonthSpan) -> dict[str, object]:
    return {
        "month": f"{span.first:%Y-%m}",
        "first": str(span.oldest),
        "last": str(span.newest),
        "editions": span.editions,
        "json": keys.month_json(span.first),
        "page": keys.month_page(span.first),
        "search": keys.search_shard(span.first),
    }
