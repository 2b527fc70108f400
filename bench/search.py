"""The search in the browser: how long a person waits for an answer in a large archive."""

import gzip
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench import days
from bench.progress import progress
from bench.tables import MEGABYTE, MILLISECONDS, Table, spread

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

    from core.model.month import MonthSpan
    from core.model.paper import Edition, Paper

MONTHS, DAYS, PAPERS = 10, 20, 50
FIRST_YEAR = 2025
ROUNDS = 15
SLOWER = 4
MISSING = "Not measured: Chromium is not installed."
ABOUT = f"""\
{MONTHS * DAYS * PAPERS:,} papers made from the sample, in {MONTHS} months of {DAYS} editions,
searched in headless Chromium on a page that `paperboy serve` answers with; {ROUNDS} rounds.
*Answered* is from the keystroke until the results stand in the page, *painted* until they are on
the screen, both in ms, when the months' shards are there. The last columns are with the processor
slowed down {SLOWER} times, as on a cheap phone."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is typed and chosen."""

    title: str
    words: str
    organization: str = ""
    month: str = ""


QUERIES = (
    Query("a letter", "a"),
    Query("a common word", "video"),
    Query("three words", "video generation semantic"),
    Query("one paper's number", "part 7312"),
    Query("nothing has it", "nowhere to be found"),
    Query("Hangul", "논문"),
    Query("an organisation", "", organization="Kling"),
    Query("a word in a month", "video", month=f"{FIRST_YEAR}-05"),
)
# Types, and tells when the answer stood in the page and when it was painted; in ms.
SEARCH = """async (fields) => {
  for (const [id, value] of Object.entries(fields)) document.getElementById(id).value = value;
  const changed = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (document.getElementById("searching").hidden) { observer.disconnect(); resolve(); }
    });
    observer.observe(document.getElementById("count"), {childList: true});
  });
  const start = performance.now();
  document.getElementById("q").dispatchEvent(new Event("input", {bubbles: true}));
  await changed;
  const answered = performance.now() - start;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const found = Number(document.getElementById("count").textContent);
  return [answered, performance.now() - start, found];
}"""
CLEAR = """() => {
  for (const id of ["q", "month", "organization"]) document.getElementById(id).value = "";
  document.getElementById("q").dispatchEvent(new Event("input", {bubbles: true}));
}"""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long an answer took, each time, in seconds, and how many papers it had."""

    answered: list[float]
    painted: list[float]
    found: int


def report() -> str:
    """Return how long searches take, and what is loaded for them."""
    if shutil.which("chromium") is None:
        return MISSING
    with tempfile.TemporaryDirectory() as place:
        public = Path(place) / "public"
        write_archive(public)
        shards = [path.read_bytes() for path in sorted((public / "search").iterdir())]
        with _search_page(Path(place)) as (page, session):
            loaded = _ask(page, Query("", "nothing has this yet"))[1]
            usual = _measure(page, "search")
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            slow = _measure(page, "search, slowed down")
    packed = sum(len(gzip.compress(shard)) for shard in shards)
    size = sum(map(len, shards))
    first = (
        f"The first search of the whole archive loads {len(shards)} shards, "
        f"{size * MEGABYTE:.1f} MB "
        f"({packed * MEGABYTE:.1f} MB compressed), and takes {loaded:.0f} ms with them."
    )
    return f"{ABOUT}\n\n{_table(usual, slow)}\n\n{first}"


def write_archive(public: Path) -> None:
    """Write what search needs of a large archive: its pages, index and shards."""
    from core.model import keys
    from core.model.month import RootIndex
    from core.render import index, search
    from core.render.site import SiteRenderer

    site = SiteRenderer(days.ROOT / "templates", "en", "https://papers.example")
    months = [date(FIRST_YEAR, month, 1) for month in range(1, MONTHS + 1)]
    files = {**site.fixed(), keys.HOME: b"<!DOCTYPE html><title>Home</title>"}
    files[keys.ROOT_INDEX] = index.render_root(RootIndex(tuple(map(_span, months))))
    papers = list(_papers())
    for number, first in enumerate(months):
        shard = search.with_editions({}, _editions(first, papers[number * DAYS * PAPERS :]))
        files[keys.search_shard(first)] = search.render(first, shard)
    for key, body in files.items():
        path = public / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _papers() -> Iterator["Paper"]:
    from core.model.paper import Organization, Paper

    for entry in json.loads(days.payload(MONTHS * DAYS * PAPERS)):
        paper = entry["paper"]
        organization = paper.get("organization")
        yield Paper(
            id=paper["id"],
            title=paper["title"],
            # The sample has no AI summaries; those that it has are a little longer than real ones.
            ai_summary=paper["summary"][:240],
            ai_keywords=tuple(paper["title"].split()[:7]),
            authors=tuple(author["name"] for author in paper["authors"]),
            organization=organization and Organization(None, organization["fullname"]),
        )


def _editions(first: date, papers: Sequence["Paper"]) -> Iterator["Edition"]:
    from core.model.paper import Edition

    for number in range(DAYS):
        of_day = papers[number * PAPERS : (number + 1) * PAPERS]
        yield Edition(first + timedelta(days=number), tuple(of_day))


def _span(first: date) -> "MonthSpan":
    from core.model.month import MonthSpan

    return MonthSpan(first, first, first + timedelta(days=DAYS - 1), DAYS)


@contextmanager
def _search_page(place: Path) -> "Iterator[tuple[Page, CDPSession]]":
    from tests.support.chromium import chromium
    from tests.support.serving import serve

    with serve(place) as served, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{served.url}/search.html")
        page.wait_for_selector(f"#month option:nth-of-type({MONTHS + 1})", state="attached")
        yield page, page.context.new_cdp_session(page)


def _ask(page: "Page", query: Query) -> tuple[float, float, int]:
    page.evaluate(CLEAR)
    fields = {"q": query.words, "organization": query.organization, "month": query.month}
    answered, painted, found = page.evaluate(SEARCH, fields)
    return answered, painted, int(found)


def _measure(page: "Page", what: str) -> Mapping[Query, Waits]:
    waits = {query: Waits([], [], _ask(page, query)[2]) for query in QUERIES}
    for query, _ in progress([(query, n) for n in range(ROUNDS) for query in QUERIES], what):
        answered, painted, _ = _ask(page, query)
        waits[query].answered.append(answered / MILLISECONDS)
        waits[query].painted.append(painted / MILLISECONDS)
    return waits


def _table(usual: Mapping[Query, Waits], slow: Mapping[Query, Waits]) -> Table:
    head = ["", "papers found", "answered", "painted", "answered, slow", "painted, slow"]
    return Table(head, [_row(query, usual[query], slow[query]) for query in QUERIES])


def _row(query: Query, usual: Waits, slow: Waits) -> list[str]:
    columns = (usual.answered, usual.painted, slow.answered, slow.painted)
    times = (spread([time * MILLISECONDS for time in waits], digits=1) for waits in columns)
    return [query.title, f"{usual.found:,}", *times]
