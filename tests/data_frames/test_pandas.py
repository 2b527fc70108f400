"""The questions of `docs/dataset.md`, asked of generated editions through pandas."""

from datetime import datetime
from pathlib import Path
from typing import Any

from tests.integration import test_dataset_queries as queries

public = queries.public


def plain(rows: Any) -> list[queries.Row]:
    """Return a data frame's rows as Python's values, dates as such."""
    return [
        tuple(value.date() if isinstance(value, datetime) else value for value in row)
        for row in rows.itertuples(index=False)
    ]


def test_pandas_answers_the_pages_questions(public: Path) -> None:
    found: dict[str, Any] = {}
    exec(queries.PANDAS.replace('"public"', repr(str(public))), found)  # noqa: S102 (the page's own)
    without_place = [(*row[:2], *row[3:]) for row in queries.organizations(queries.DAYS)]
    assert plain(found["organizations"]) == without_place
    columns = ["date", "id", "title", "on_the_day", "latest", "rise"]
    assert plain(found["rises"][columns]) == queries.rises(queries.DAYS)
    by_month = [(month, word, count) for month, _, word, count in queries.keywords(queries.DAYS)]
    assert plain(found["keywords"]) == by_month
    ids = [one.id for day in queries.DAYS for one in day.edition.papers]
    assert list(found["papers"]["id"]) == ids
