"""The pure core alone, without network or store: CPU time of each step, as JSON.

The arguments are the numbers of papers to measure. Times are medians, in seconds.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import TypeVar

from bench import days
from core import payload, ranking
from core.models import Edition, PostStyle
from core.render import json as edition_json
from core.render.markdown import PostRenderer

Result = TypeVar("Result")

WARM_UP = 3
PAPERS_IN_ALL = 6000
AT_LEAST = 15


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
    times = max(AT_LEAST, PAPERS_IN_ALL // papers)
    rounds = [once(body, renderer) for _ in range(WARM_UP + times)][WARM_UP:]
    return {step: median(costs[step] for costs in rounds) for step in rounds[0]}


def once(body: bytes, renderer: PostRenderer) -> dict[str, float]:
    """Return the CPU seconds of each step, once."""
    day = date.fromisoformat(days.DAY)
    watch = Watch()
    answer = watch.time("decode", lambda: payload.decode(body, day))
    papers = watch.time("parse", lambda: payload.parse(answer))
    edition = watch.time("rank", lambda: Edition(day, ranking.rank(papers)))
    watch.time("json", lambda: edition_json.render(edition))
    watch.time("post", lambda: renderer.post(edition))
    return watch.costs | {"all": sum(watch.costs.values())}


class Watch:
    """Notes the CPU seconds of each step."""

    def __init__(self) -> None:
        self.costs: dict[str, float] = {}

    def time(self, step: str, work: Callable[[], Result]) -> Result:
        """Do the work and note its time."""
        start = time.process_time()
        result = work()
        self.costs[step] = time.process_time() - start
        return result


if __name__ == "__main__":
    main()
