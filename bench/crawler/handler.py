"""A crawler of the old kind: pages for people, one after the other, and a second between papers."""

import json
import os
import time
from html.parser import HTMLParser
from typing import Any

import boto3
import requests
from jinja2 import Template

PAPERS = 10
TIMEOUT = 20
POST = """\
---
title: "Daily Papers {{ date }}"
---
{% for paper in papers %}
{{ loop.index }}. **{{ paper.title }}** - 👍 {{ paper.votes }}
   - {{ paper.authors | join(", ") }}
   - Abstract: {{ paper.abstract }}
{% endfor %}
"""

s3 = boto3.client("s3")
web = requests.Session()


class Texts(HTMLParser):
    """Collects links to papers, and the texts of the elements that are wanted, by their class."""

    def __init__(self, page: str, *wanted: str) -> None:
        super().__init__()
        self._wanted, self._current, self._tag = wanted, "", ""
        self.links: list[str] = []
        self.texts: dict[str, list[str]] = {name: [] for name in wanted}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links to papers, and whether the text that follows is wanted."""
        values = dict(attrs)
        if tag == "a" and (values.get("href") or "").startswith("/papers/"):
            self.links.append(str(values["href"]))
        found = [name for name in (values.get("class") or "", tag) if name in self._wanted]
        if found:
            self._current, self._tag = found[0], tag

    def handle_endtag(self, tag: str) -> None:
        """Stop at the end of what is wanted."""
        if tag == self._tag:
            self._current = self._tag = ""

    def handle_data(self, data: str) -> None:
        """Keep the text if it is wanted."""
        if self._current:
            self.texts[self._current].append(data)


def read(path: str) -> str:
    """Return a page."""
    answer = web.get(os.environ["SOURCE"] + path, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.text


def to_paper(link: str) -> dict[str, Any]:
    """Return what a paper's two pages say of it."""
    number = link.removeprefix("/papers/")
    page = Texts(read(link), "h1", "votes", "author").texts
    abstract = Texts(read(f"/abs/{number}"), "abstract").texts["abstract"]
    return {
        "id": number,
        "title": " ".join(page["h1"]),
        "votes": int(page["votes"][0]),
        "authors": page["author"],
        "abstract": " ".join(" ".join(abstract).split()),
    }


def lambda_handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Crawl the day's first papers, and put them as JSON and as a post."""
    date = event["date"]
    papers = []
    for link in Texts(read(f"/papers/date/{date}")).links[:PAPERS]:
        papers.append(to_paper(link))
        time.sleep(float(os.environ["CRAWLER_SLEEP"]))
    bodies = {
        "json": json.dumps(papers, ensure_ascii=False, indent=2),
        "md": Template(POST).render(date=date, papers=papers),
    }
    for ending, body in bodies.items():
        key = f"{os.environ['PREFIX']}/daily/{date}.{ending}"
        s3.put_object(Bucket=os.environ["BUCKET"], Key=key, Body=body.encode())
    return {"date": date, "papers": len(papers)}
