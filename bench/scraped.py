"""The pages that a crawler of the old kind reads, made from the sample: as long as real ones.

A page for the day lists its papers; Hugging Face and arXiv have a page for each.
"""

import json
from functools import cache
from html import escape
from http import HTTPStatus
from typing import Any

from bench import days
from bench.loopback import Answer

DAY, PAPER, ARXIV = "/papers/date/", "/papers/", "/abs/"
HTML = {"Content-Type": "text/html; charset=utf-8"}
# Bytes beside what is read: navigation, styles, pictures drawn in the page, scripts.
FURNITURE = 40_000
LINK = '<li class="nav-item flex"><a class="group block px-3 py-2" href="/docs">Docs</a></li>\n'


def answer(path: str) -> Answer:
    """Return a page, or 404."""
    papers = _papers()
    if path.startswith(DAY):
        return _page("".join(map(_article, papers.values())))
    for place, body in ((ARXIV, _arxiv), (PAPER, _paper)):
        if path.startswith(place) and (paper := papers.get(path.removeprefix(place))):
            return _page(body(paper))
    return Answer(HTTPStatus.NOT_FOUND, headers=HTML)


@cache
def _papers() -> dict[str, Any]:
    entries = json.loads(days.SAMPLE.read_bytes())
    return {entry["paper"]["id"]: entry["paper"] for entry in entries}


def _page(body: str) -> Answer:
    furniture = f"<nav><ul>{LINK * (FURNITURE // len(LINK))}</ul></nav>"
    page = f"<!doctype html><html><body>{furniture}<main>{body}</main></body></html>"
    return Answer(body=page.encode(), headers=HTML)


def _article(paper: dict[str, Any]) -> str:
    title = escape(paper["title"])
    return f"""\
<article class="relative flex flex-col">
  <div class="leading-none">{paper["upvotes"]}</div>
  <h3><a href="/papers/{paper["id"]}" class="line-clamp-3">{title}</a></h3>
</article>
"""


def _paper(paper: dict[str, Any]) -> str:
    authors = "".join(f'<span class="author">{escape(a["name"])}</span>' for a in paper["authors"])
    return f"""\
<h1>{escape(paper["title"])}</h1>
<div class="votes">{paper["upvotes"]}</div>
<div class="authors">{authors}</div>
<a href="/abs/{paper["id"]}">arXiv page</a>
"""


def _arxiv(paper: dict[str, Any]) -> str:
    abstract = escape(paper["summary"])
    return f'<blockquote class="abstract">{abstract}</blockquote>'
