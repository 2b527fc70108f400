"""The outside of the packaged function, through gates where calls are seen, and may go wrong.

Source, S3, secrets and GitHub are one server each. S3 is a dictionary here, so that an archive is
brought back in no time, and every write is seen.
"""

import gzip
import json
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import md5, sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from core.model import keys
from tests.support import sample
from tests.support.github import TOKEN, GitHub
from tests.support.github.repository import HEADS, Repository
from tests.support.links import HOME, Links
from tests.support.papers import DAY
from tests.support.servers import Answer, Door, ReplayServer, Request, http_server

BUCKET, PREFIX = "papers", "daily-papers/"
REPOSITORY, BRANCH, PARAMETER = "ada/blog", "main", "/paperboy/github-token"
XML = {"Content-Type": "application/xml"}
AWS_JSON = {"Content-Type": "application/x-amz-json-1.1"}
SITE_URL = "https://papers.example.org"
# Where readers and programs begin. Other fixed pages are reached from these, once they are there.
ENTRANCES = {
    *(HOME, "index.html.md", "index.json", "latest.json", "latest.md", "sitemap.xml"),
    *("feed.json", "feed.xml", "papers.json", "papers.xml", "rising.json", "rising.xml"),
}
# What an archive's first run brings together with its front.
OF_FRONT = {*ENTRANCES, "feeds.opml", "llms.txt", "robots.txt", "sitemap/pages.xml"}

Objects = Mapping[str, tuple[bytes, Mapping[str, str]]]
"""Objects and their headers by key, with the prefix."""


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """One call to the outside: which service, what is done, to what, and for which time."""

    service: str
    verb: str
    name: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.service} {self.verb} {self.name} #{self.nth}"

    @property
    def kind(self) -> str:
        """What is the same for all calls that may go wrong in the same way."""
        return f"{self.service} {self.verb}"

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.verb in ("put", "mutation")


Spoil = Callable[[Call, Callable[[], Answer]], Answer]
"""What is answered to a call; the second argument does what it asks, and returns the truth."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong at a call: once, or each time it is tried again.

    With `shut`, nobody is at the service's port from then on.
    """

    name: str
    spoil: Spoil
    once: bool = False
    shut: bool = False
    slow: bool = False


def s3_error(status: int, code: str) -> Answer:
    """Return how S3 says no."""
    return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode(), XML)


class Bucket:
    """Objects with their headers, conditional writes, checksums that are verified, and a list."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, Mapping[str, str]]] = {}

    def bodies(self) -> dict[str, bytes]:
        """Return what readers may have, by its keys, without the prefix."""
        found = {key.removeprefix(PREFIX): body for key, (body, _) in self.objects.items()}
        return {key: body for key, body in found.items() if not key.startswith(keys.STATE)}

    def answer(self, request: Request) -> Answer:
        """Do what a GET or PUT asks."""
        key = unquote(request.path).removeprefix(f"/{BUCKET}").removeprefix("/")
        if not key:
            return self._list(request.query["prefix"])
        assert key.startswith(PREFIX), request.path
        return self._get(key) if request.method == "GET" else self._put(key, request)

    def end_lease(self) -> None:
        """Let a lease that was left behind be over, as it is when its time has passed."""
        key = PREFIX + keys.ROOT_STATE
        if key in self.objects:
            root = json.loads(self.objects[key][0])
            if root["lease"]:
                root["lease"]["until"] = 0.0
                self._store(key, json.dumps(root).encode(), self.objects[key][1])

    def root(self) -> dict[str, Any]:
        """Return the root state, without what counts runs and ends of leases."""
        root: dict[str, Any] = json.loads(self.objects[PREFIX + keys.ROOT_STATE][0])
        del root["serial"]
        return root

    def _get(self, key: str) -> Answer:
        if key not in self.objects:
            return s3_error(404, "NoSuchKey")
        body, headers = self.objects[key]
        return Answer(body=body, headers=headers)

    def _list(self, prefix: str) -> Answer:
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><ETag>{escape(headers['ETag'])}</ETag>"
            f"<Size>{len(body)}</Size></Contents>"
            for key, (body, headers) in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        inside = f"<IsTruncated>false</IsTruncated>{found}"
        return Answer(body=f"<ListBucketResult>{inside}</ListBucketResult>".encode(), headers=XML)

    def _put(self, key: str, request: Request) -> Answer:
        there, asked = self.objects.get(key), request.headers
        if "if-match" in asked and there is None:
            return s3_error(404, "NoSuchKey")
        if there and ("if-none-match" in asked or asked.get("if-match") != there[1]["ETag"]):
            return s3_error(412, "PreconditionFailed")
        checksum = b64encode(sha256(request.body).digest()).decode()
        if asked.get("x-amz-checksum-sha256") != checksum:
            return s3_error(400, "BadDigest")
        kept = {"Content-Type": asked["content-type"], "Cache-Control": asked["cache-control"]}
        return Answer(headers={"ETag": self._store(key, request.body, kept)})

    def _store(self, key: str, body: bytes, headers: Mapping[str, str]) -> str:
        etag = f'"{md5(body, usedforsecurity=False).hexdigest()}"'
        checksum = b64encode(sha256(body).digest()).decode()
        self.objects[key] = body, {**headers, "ETag": etag, "x-amz-checksum-sha256": checksum}
        return etag


@dataclass
class World:
    """The outside of one function; `fault` befalls the call `at`."""

    source: ReplayServer
    hub: GitHub
    bucket: Bucket = field(default_factory=Bucket)
    calls: list[Call] = field(default_factory=list)
    at: Call | None = None
    fault: Fault | None = None
    struck: int = 0
    watch: Callable[[Call, str], None] = lambda _call, _when: None

    def __post_init__(self) -> None:
        self.urls: dict[str, str] = {}
        self.doors = {name: Door() for name in ("source", "s3", "secret", "github")}
        self._counts: Counter[Call] = Counter()
        self._lock = threading.Lock()

    def begin(self, at: Call | None = None, fault: Fault | None = None) -> None:
        """Forget the calls so far; from now on, `fault` befalls the call `at`."""
        with self._lock:
            self.at, self.fault, self.struck = at, fault, 0
            self.calls.clear()
            self._counts.clear()
        for door in self.doors.values():
            door.open()

    def blog(self) -> dict[str, bytes]:
        """Return the blog's files."""
        return self.hub.files(BRANCH)

    def head(self) -> str:
        """Return the blog's last commit."""
        return self.hub.log(BRANCH)[-1].oid

    def reset(self, objects: Objects, head: str) -> None:
        """Bring bucket and blog back to what they were."""
        self.bucket.objects = dict(objects)
        if (now := self.head()) != head:
            self.hub.repository.move(HEADS + BRANCH, head, now)
        self.begin()

    def snapshot(self) -> dict[str, object]:
        """Return what there is now: objects with their headers, the state, and the blog's files."""
        objects = {key.removeprefix(PREFIX): found for key, found in self.bucket.objects.items()}
        return {**objects, keys.ROOT_STATE: self.bucket.root(), "blog": self.blog()}

    def settings(self) -> dict[str, str]:
        """Return the environment variables that lead a function here."""
        return {
            "AWS_ENDPOINT_URL_S3": self.urls["s3"],
            "AWS_ENDPOINT_URL_SSM": self.urls["secret"],
            "PAPERBOY_SOURCE": self.urls["source"],
            "PAPERBOY_SITE_URL": SITE_URL,
            "PAPERBOY_STORE": f"s3://{BUCKET}/{PREFIX}",
            "PAPERBOY_BLOG_REPOSITORY": REPOSITORY,
            "PAPERBOY_BLOG_SECRET": PARAMETER,
            "PAPERBOY_BLOG_API": self.urls["github"],
        }

    def answer(self, service: str, request: Request) -> Answer:
        """Answer a request to a service, or let it go wrong."""
        verb, name = _named(service, request)
        with self._lock:
            plain = Call(service, verb, name)
            self._counts[plain] += 1
            call = Call(service, verb, name, self._counts[plain])
            self.calls.append(call)
            spoil = self._strikes(call)
        self.watch(call, "before")
        truth = partial(self._truth, service, request)
        answer = spoil(call, truth) if spoil else truth()
        self.watch(call, "after")
        return answer

    def _strikes(self, call: Call) -> Spoil | None:
        """Return what goes wrong with a call: with the one named, and with its repetitions."""
        if not (self.at and self.fault) or call.nth < self.at.nth:
            return None
        if (call.kind, call.name) != (self.at.kind, self.at.name):
            return None
        if self.fault.once and self.struck:
            return None
        self.struck += 1
        if self.fault.shut:
            self.doors[call.service].shut()
        return self.fault.spoil

    def _truth(self, service: str, request: Request) -> Answer:
        if service == "s3":
            return self.bucket.answer(request)
        if service == "secret":
            kept = {"Name": PARAMETER, "Type": "SecureString", "Value": TOKEN}
            return Answer(body=json.dumps({"Parameter": kept}).encode(), headers=AWS_JSON)
        return self.source.answer(request) if service == "source" else self.hub.answer(request)


def _named(service: str, request: Request) -> tuple[str, str]:
    """Return what a request does, and to what."""
    if service == "s3":
        if "prefix" in request.query:
            return "list", request.query["prefix"].removeprefix(PREFIX)
        return request.method.lower(), unquote(request.path).removeprefix(f"/{BUCKET}/{PREFIX}")
    if service == "github":
        text = json.loads(request.body)["query"].split()
        return text[0], text[1].partition("(")[0]
    if service == "source":
        return "get", f"{request.query['date']} page {request.query['p']}"
    assert request.headers["x-amz-target"] == "AmazonSSM.GetParameter"
    return "get", PARAMETER


@contextmanager
def world(directory: Path, days: Mapping[str, bytes]) -> Iterator[World]:
    """Run the gates, before an empty bucket and a blog with one commit."""
    repository = Repository(directory / "repository.git", BRANCH, {"README.md": b"mine"})
    made = World(ReplayServer(days), GitHub(repository, REPOSITORY))
    with ExitStack() as stack:
        for name, door in made.doors.items():
            answer = partial(made.answer, name)
            made.urls[name] = stack.enter_context(http_server(answer, door))
        yield made
    assert made.hub.surprises == []


def payload(day: str) -> bytes:
    """Return the sample's payload, for another day than its own with other papers' ids."""
    if day == str(DAY):
        return sample.PAYLOAD.read_bytes()
    entries = json.loads(sample.PAYLOAD.read_bytes())[:12]
    for number, entry in enumerate(entries):
        entry["paper"]["id"] = f"{day[2:4]}{day[5:7]}.{day[8:]}{number:03}"
        entry["paper"]["submittedOnDailyAt"] = f"{day}T01:00:00.000Z"
    return json.dumps(entries).encode()


def differences(found: Mapping[str, object], expected: Mapping[str, object]) -> list[str]:
    """Return the keys of what is not as expected."""
    return sorted(
        key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)
    )


def astray(files: Mapping[str, bytes]) -> list[str]:
    """Return what a reader stumbles over: a half file, or a link to nothing from what is found."""
    wrong = [key for key, body in files.items() if not _is_whole(key, body)]
    found, left = set[str](), files.keys() & ENTRANCES
    while left:
        found |= left
        linked = {to for key in left for to in _links(key, files[key])}
        # The first run of an archive brings its front last: until then, nobody has entered.
        wrong += sorted(linked - files.keys() - (set() if HOME in files else OF_FRONT))
        left = (linked & files.keys()) - found
    return wrong


@lru_cache(maxsize=4096)
def _is_whole(key: str, body: bytes) -> bool:
    try:
        text = gzip.decompress(body) if key.endswith(".gz") else body
        if key.endswith((".jsonl.gz", ".json", ".json.gz")):
            for line in text.splitlines() if ".jsonl" in key else [text]:
                json.loads(line)
        if key.endswith(".xml"):
            ElementTree.fromstring(text)  # noqa: S314 (our own)
    except (ValueError, OSError, EOFError, ElementTree.ParseError):
        return False
    return bool(text) and (not key.endswith(".html") or text.rstrip().endswith(b"</html>"))


@lru_cache(maxsize=4096)
def _links(key: str, body: bytes) -> frozenset[str]:
    return frozenset(link.key for link in Links({key: body}, SITE_URL).of(key))
