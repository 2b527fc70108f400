"""The pure core alone, without network or store: CPU time of each step, as JSON.

The arguments are the numbers of papers to measure. Times are medians, in seconds. A month has
`MONTH` other days, of as many papers each.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from bench import days
from bench.drivers.store import forget
from bench.drivers.whole import Watch
from core.archive import catalog
from core.edition import payload, ranking
from core.model import dates
from core.model.month import Month, MonthEdition
from core.model.paper import Edition
from core.model.style import PostStyle
from core.render import json as edition_json
from core.render import month as month_json
from core.render.post import PostRenderer

WARM_UP = 3
PAPERS_IN_ALL = 6000
AT_LEAST = 15
MONTH = 20
NOW = datetime(2025, 12, 31, tzinfo=UTC)


def main() -> None:
    """Print the steps' times for each number of papers."""
    renderer = PostRenderer(source_root() / "templates", PostStyle())
    print(json.dumps({papers: costs(int(papers), renderer) for papers in sys.argv[1:]}))


def source_root() -> Path:
    """Return the directory that holds `templates/`: the package, or a checkout."""
    return next(p for p in Path(payload.__file__).parents if (p / "templates").is_dir())


def costs(papers: int, renderer: PostRenderer) -> dict[str, float]:
    """Return the median CPU seconds of each step for a day of so many papers."""
    body = days.payload(papers)
    stored = month(body)
    times = max(AT_LEAST, PAPERS_IN_ALL // papers)
    rounds = [once(body, stored, renderer) for _ in range(WARM_UP + times)][WARM_UP:]
    return {step: median(costs[step] for costs in rounds) for step in rounds[0]}


def month(body: bytes) -> bytes:
    """Return the JSON of a month that has the day's papers on other days."""
    day = date.fromisoformat(days.DAY)
    papers = ranking.rank(payload.parse(payload.decode(body, day)))
    stored = Month(dates.first_of_month(day))
    for number in range(1, MONTH + 1):
        others = tuple(replace(paper, id=f"{paper.id}{number}") for paper in papers)
        edition = Edition(day - timedelta(days=number), others)
        stored = catalog.with_edition(stored, MonthEdition(edition, f"{number:064}", NOW))
    return month_json.render(stored)


def once(body: bytes, stored: bytes, renderer: PostRenderer) -> dict[str, float]:
    """Return the CPU seconds of each step, once."""
    forget()
    day = date.fromisoformat(days.DAY)
    watch = Watch()
    answer = watch.time("decode", lambda: payload.decode(body, day))
    papers = watch.time("parse", lambda: payload.parse(answer))
    edition = watch.time("rank", lambda: Edition(day, ranking.rank(papers)))
    watch.time("json", lambda: edition_json.render(edition))
    watch.time("post", lambda: renderer.post(edition))
    read = watch.time("read month", lambda: month_json.read(stored))
    new = catalog.with_edition(read, MonthEdition(edition, "0" * 64, NOW))
    watch.time("month", lambda: month_json.render(new))
    watch.time("month's post", lambda: renderer.month_post(new))
    return watch.costs


if __name__ == "__main__":
    main()
