"""Search in the browser: how long a person waits for an answer in a large archive.

Needs Chromium and Playwright: run with the environment of the tests, as `python -m bench.search`,
it prints figures as JSON.
"""

import gzip
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench import samples
from bench.measuring import MEGABYTE, ROOT, Figure, spread

if TYPE_CHECKING:
    from playwright.sync_api import Page

PYTHON = ROOT / ".venv" / "bin" / "python"
MONTHS, DAYS, PAPERS = 10, 20, 50
YEAR = 2025
ROUNDS = 15
# As on a cheap phone.
SLOWER = 4
PART = f"search, {MONTHS * DAYS * PAPERS:,} papers in Chromium"
# What is typed: few, many and no papers have it.
QUERIES = ("a", "video", '"video generation" -semantic', "nowhere to be found", "논문")
# Types, and tells in ms when the answer stood in the page.
SEARCH = """async (words) => {
  const field = document.getElementById("q");
  field.value = words;
  const changed = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (document.getElementById("searching").hidden) { observer.disconnect(); resolve(); }
    });
    observer.observe(document.getElementById("count"), {childList: true});
  });
  const start = performance.now();
  field.dispatchEvent(new Event("input", {bubbles: true}));
  await changed;
  return performance.now() - start;
}"""


def figures() -> list[Figure]:
    """Return the figures as the tests' environment measures them."""
    if shutil.which("chromium") is None:
        return [Figure(PART, "answer", "not measured: Chromium is not installed")]
    done = subprocess.run(
        [PYTHON, "-m", "bench.search"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return [Figure(*one) for one in json.loads(done.stdout)]


def measured() -> list[Figure]:
    """Return how long searches take, and what is loaded for them."""
    from tests.support.chromium import chromium
    from tests.support.serving import serve

    with tempfile.TemporaryDirectory() as place:
        public = Path(place) / "public"
        write_archive(public)
        shards = [path.read_bytes() for path in sorted((public / "search").iterdir())]
        with serve(Path(place)) as served, chromium() as browser:
            page = browser.new_page()
            page.goto(f"{served.url}/search.html")
            page.wait_for_selector(f"#month option:nth-of-type({MONTHS + 1})", state="attached")
            first = page.evaluate(SEARCH, "nothing has this yet")
            usual = _answers(page)
            page.context.new_cdp_session(page).send(
                "Emulation.setCPUThrottlingRate", {"rate": SLOWER}
            )
            slow = _answers(page)
    packed = sum(len(gzip.compress(shard)) for shard in shards) * MEGABYTE
    size = sum(map(len, shards)) * MEGABYTE
    return [
        Figure(PART, "first search, loads all shards, ms", f"{first:.0f}"),
        Figure(PART, "shards; compressed, MB", f"{size:.1f}; {packed:.1f}"),
        Figure(PART, "answer to a keystroke, ms", spread(usual, 1)),
        Figure(PART, f"the same on a processor {SLOWER} times slower", spread(slow, 1)),
    ]


def write_archive(public: Path) -> None:
    """Write what search needs of a large archive: its page, index and shards."""
    from core.edition import payload, raw
    from core.model import keys
    from core.model.period import MonthSpan
    from core.model.style import SiteStyle
    from core.render import index, search
    from core.render.site import SiteRenderer

    files = dict(SiteRenderer(ROOT / "templates", SiteStyle(), "https://papers.example").fixed())
    files[keys.HOME] = b"<!DOCTYPE html><title>Home</title>"
    spans = []
    for month in range(1, MONTHS + 1):
        first = date(YEAR, month, 1)
        days = [first + timedelta(days=number) for number in range(DAYS)]
        editions = {
            day: raw.edition_of(payload.decode(samples.payload(day, PAPERS), day)) for day in days
        }
        files[keys.search_shard(first)] = search.render(first, days, editions, None)
        spans.append(MonthSpan(first, days[0], days[-1], DAYS))
    files[keys.ROOT_INDEX] = index.render(spans)
    for key, body in files.items():
        path = public / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _answers(page: "Page") -> Sequence[float]:
    return [page.evaluate(SEARCH, words) for _ in range(ROUNDS) for words in QUERIES]


if __name__ == "__main__":
    print(json.dumps([astuple(figure) for figure in measured()]))
