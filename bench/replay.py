"""What the servers' process runs: a source, a store and a Runtime API, and what they were asked."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import days, plan, scraped
from bench.loopback import Answer, Answering, Request, Server, serving
from bench.objects import Objects
from bench.runtime_api import RuntimeApi

BUCKET = "papers"
API = "/api/daily_papers"
# The API's own, see tests/support/servers.py.
PAGE, LARGEST_PAGE = 50, 100
JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Noted:
    """A request, and the server that was asked."""

    server: str
    request: Request


class Replay(ExitStack):
    """The servers; each notes in one journal what it is asked."""

    def __init__(self, payload: bytes) -> None:
        super().__init__()
        self.runtime = RuntimeApi()
        self._journal: list[Noted] = []
        self._objects = Objects()
        self._source = _Source(payload)
        self._servers = {
            "source": self._serve(self._noting("source", self._source.answer)),
            "store": self._serve(self._noting("store", self._objects.answer)),
            "runtime": self._serve(self.runtime.answer),
        }

    def urls(self) -> dict[str, Any]:
        """Return where the servers are; the Runtime API has no scheme, as in Lambda."""
        source, store, runtime = self._servers.values()
        return {"source": source.url, "store": store.url, "runtime": runtime.address}

    def day(self, payload: bytes) -> None:
        """Let the source answer with this day from now on."""
        self._source.days[days.DAY] = payload

    def copy(self, old: str, new: str) -> None:
        """Copy the objects under one prefix to another."""
        self._objects.copy(f"/{BUCKET}/{old}", f"/{BUCKET}/{new}")

    def delay(self, source: float, store: float) -> None:
        """Let each answer take so many seconds from now on."""
        self._servers["source"].delay, self._servers["store"].delay = source, store

    def keep(self, directory: str, prefix: str) -> None:
        """Write the requests since the last ones were taken as a plan."""
        asked = [(noted.server, noted.request) for noted in self._journal]
        plan.write(Path(directory), asked, f"/{BUCKET}/{prefix}/")

    def taken(self) -> list[tuple[str, str, str]]:
        """Return the requests, those of the source first, and forget them."""
        asked = [
            (noted.server, noted.request.method, noted.request.path) for noted in self._journal
        ]
        self._journal.clear()
        return sorted(asked, key=lambda request: request[0] == "store")

    def _serve(self, answering: Answering) -> Server:
        return self.enter_context(serving(answering))

    def _noting(self, name: str, answering: Answering) -> Answering:
        def answer(request: Request) -> Answer | None:
            self._journal.append(Noted(name, request))
            return answering(request)

        return answer


class _Source:
    """Hugging Face's API, and the pages of Hugging Face and arXiv that a crawler reads."""

    def __init__(self, payload: bytes) -> None:
        self.days = {
            days.DAY: payload,
            days.DAY_BEFORE: payload,
            days.WEEK_BEFORE: days.moved(payload, days.WEEK_BEFORE, "2511."),
        }

    def answer(self, request: Request) -> Answer:
        """Return a page of a day's papers, or a page for people."""
        if request.path != API:
            return scraped.answer(request.path)
        query = dict(part.split("=", 1) for part in request.query.split("&"))
        body = self.days.get(query["date"], b"[]")
        return Answer(body=_page(body, query), headers=JSON)


def _page(payload: bytes, query: dict[str, str]) -> bytes:
    """Return the page that is asked for; a day that fits in one keeps its very bytes."""
    size = min(int(query.get("limit", PAGE)), LARGEST_PAGE)
    first = int(query.get("p", 0)) * size
    entries = json.loads(payload)
    if first == 0 and len(entries) <= size:
        return payload
    return json.dumps(entries[first : first + size]).encode()
