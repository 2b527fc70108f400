"""Count the defects of a blog's daily papers, from its files alone, without Paperboy's own code."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

COUNTS = "organisation with counts appended"
AUTHORS_COUNTS = "number of authors with counts appended"
FOOTER = "code link is the page's footer"
PROJECT = "code link is a project page"
LOST_LINK = "this https URL"
TEX = "TeX on a page without math"
FURNITURE = "abstract is page furniture"
WEEKEND = "weekend entry that repeats"
TOMORROW = "post dated after its day"
SHARED = "post that shares its URL"
STALE = "post with votes that are not its data's"
UNLABELLED = "day without votes or with few papers, not labelled"
TABLE = "line that becomes a table"
SPLIT = "title split by a line break"

ROWS = (
    COUNTS,
    AUTHORS_COUNTS,
    FOOTER,
    PROJECT,
    LOST_LINK,
    TEX,
    FURNITURE,
    WEEKEND,
    TOMORROW,
    SHARED,
    STALE,
    UNLABELLED,
    TABLE,
    SPLIT,
)
FEW = 10

CODE_HOSTS = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")
RAW_TEX = re.compile(r"\\[A-Za-z]{2,}|\\[(\[]|\$(?!\s)[^$]*[^$\s]\$(?!\d)")
ENTRY = re.compile(r"^\d+\. ", re.MULTILINE)
Blog = Mapping[str, bytes]


def count(
    blog: Blog,
    days: Collection[date] | None = None,
    clean: Collection[str] = (),
    papers: Collection[str] | None = None,
) -> Counter[str]:
    """Count the defects of a blog; `blog` holds files by their paths.

    Of all days or of some, and in their data of all papers or of some, by their pages' addresses.
    `clean` are organisations that may end in a digit.
    """
    found: Counter[str] = Counter()
    stored = dict(_stored(blog))
    places = Counter(url(path, post) for path, post in blog.items() if _is_post(path))
    for day, entries in stored.items():
        if days is None or day in days:
            some = [entry for entry in entries if papers is None or entry["url"] in papers]
            found.update(kind for entry in some for kind in _of_entry(entry, clean))
            found[WEEKEND] += _repeats(day, stored)
    for path, post in blog.items():
        if _is_post(path) and (days is None or date.fromisoformat(path[7:17]) in days):
            day = date.fromisoformat(path[7:17])
            found.update(_of_post(day, post.decode(), stored[day]))
            found[SHARED] += places[url(path, post)] > 1
    return found


def url(path: str, post: bytes) -> str:
    """Return where Chirpy puts a post."""
    permalink = re.search(r"^permalink: *(\S+)$", post.decode().split("---\n")[1], re.MULTILINE)
    return permalink[1] if permalink else f"/posts/{path[18:].removesuffix('.md')}/"


def _is_post(path: str) -> bool:
    return path.startswith("_posts/") and "daily-papers" in path


def _stored(blog: Blog) -> Iterator[tuple[date, list[dict[str, Any]]]]:
    for path, body in blog.items():
        if path.startswith("_data/papers/daily-"):
            yield date.fromisoformat(path[-15:-5]), json.loads(body)["papers"]


def _of_entry(paper: dict[str, Any], clean: Collection[str]) -> Iterator[str]:
    who, code = paper.get("institution", ""), paper.get("code_link") or ""
    abstract = paper.get("abstract") or ""
    if re.match(r"·\d+ authors?\d", who):
        yield AUTHORS_COUNTS
    elif re.search(r"\dk?$", who) and "tags" not in paper and who not in clean:
        yield COUNTS
    if code.rstrip("/") == "https://github.com/huggingface":
        yield FOOTER
    elif code and urlsplit(code).hostname not in CODE_HOSTS:
        yield PROJECT
    if re.search(r"this https? URL", abstract):
        yield LOST_LINK
    if abstract.startswith("Papers arxiv:"):
        yield FURNITURE
    if "\n" in paper["title"]:
        yield SPLIT


def _repeats(day: date, stored: Mapping[date, list[dict[str, Any]]]) -> int:
    """Count a weekend day's entries that stand in the days since Friday too."""
    if day.weekday() < 5:
        return 0
    since = (day - timedelta(days=back) for back in range(1, day.weekday() - 3))
    before = {paper["url"] for other in since for paper in stored.get(other, [])}
    return sum(paper["url"] in before for paper in stored[day])


def _of_post(day: date, post: str, papers: list[dict[str, Any]]) -> Iterator[str]:
    _, head, body = post.split("---\n", 2)
    written = re.search(r"^date: (.+)$", head, re.MULTILINE)
    moment = datetime.strptime(written[1] if written else "", "%Y-%m-%d %H:%M:%S %z")
    if moment.astimezone(UTC).date() > day:
        yield TOMORROW
    entries = ENTRY.split(body)[1:]
    if "math: true" not in head:
        yield from (TEX for entry in entries if RAW_TEX.search(entry))
    votes = [paper["likes"] for paper in papers]
    if re.findall(r"\*\* - 👍 (\d+)$", body, re.MULTILINE) != [str(n) for n in votes]:
        yield STALE
    labels = body.split("\n## ")[0].strip().count("\n\n") - 1
    if labels < (len(papers) < FEW) + (not any(votes)):
        yield UNLABELLED
    lines = body.splitlines()
    yield from (TABLE for line in lines if re.search(r"(?<!\\)\|", line))
    yield from (SPLIT for line in lines if re.match(r"\d+\. \*\*(?!.*\*\* - 👍)", line))
