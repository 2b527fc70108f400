"""Read a blog's archive, and recorded answers of the source, for import and repair."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from adapters.checkout import Checkout
from adapters.recorded import RecordedSource, recorded_days
from core.edition.payload import parse
from core.edition.ranking import rank
from core.legacy import crawler, front_matter
from core.model.blog import BlogFile
from core.model.errors import BlogRejected, PaperboyError, PayloadError, SourceRejected
from core.model.paper import Edition
from core.model.ports import PaperSource
from core.render.blog_data import StoredDay
from handler import events
from handler.cli import arguments

DAY_OF_DATA = re.compile(r"_data/papers/daily-(.+)\.json")
DAY_OF_POST = re.compile(r"_posts/(\d{4}-\d\d-\d\d)-daily-papers.*\.md")
# A text on one line, with or without quotes; no list and no mapping.
PLAIN_YAML = re.compile(
    r"(?P<quote>[\"']?)(?P<text>[^\s\[{&*!|>#\\\"'](?:(?!: )[^\n#\\\"])*?)(?P=quote)"
)


@dataclass(frozen=True, slots=True)
class BlogArchive:
    """What a blog's directory holds.

    `data` are the readable data files, `days` what they say, and `posts` the posts, all by day.
    `others` are the other posts by path, and `broken` the errors of unreadable data files by path.
    """

    data: Mapping[date, BlogFile]
    days: Mapping[date, StoredDay]
    posts: Mapping[date, tuple[BlogFile, ...]]
    others: Mapping[str, bytes]
    broken: Mapping[str, PaperboyError]

    def files(self) -> dict[str, bytes]:
        """Return all readable files by path."""
        posts = [post for own in self.posts.values() for post in own]
        ours = {file.path: file.body or b"" for file in [*self.data.values(), *posts]}
        return {**ours, **self.others}

    def author(self) -> str:
        """Return the author in the front matter of the newest post that has one, or nothing."""
        for _, posts in sorted(self.posts.items(), reverse=True):
            found = front_matter.split(posts[0].body or b"")
            author = front_matter.parse(found[0]).value("author") if found else None
            plain = PLAIN_YAML.fullmatch(author or "")
            if plain:
                return plain["text"].replace("''", "'") if plain["quote"] == "'" else plain["text"]
        return ""


def read(checkout: Checkout) -> BlogArchive:
    """Return the archive in a directory. Raises `BlogRejected` where there is none."""
    data: dict[date, BlogFile] = {}
    days: dict[date, StoredDay] = {}
    broken: dict[str, PaperboyError] = {}
    for path in checkout.data():
        try:
            day = _day_of(path)
            body = checkout.read(path)
            days[day] = crawler.read(body, day, path)
            data[day] = BlogFile(path, body)
        except (BlogRejected, PayloadError) as error:
            broken[path] = error
    posts: dict[date, tuple[BlogFile, ...]] = {}
    others: dict[str, bytes] = {}
    for path in checkout.posts():
        body = checkout.read(path)
        name = DAY_OF_POST.fullmatch(path)
        post_day = _day(name[1]) if name else None
        if post_day:
            posts[post_day] = (*posts.get(post_day, ()), BlogFile(path, body))
        else:
            others[path] = body
    return BlogArchive(data, days, posts, others, broken)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for the blog's directory and for recorded answers of the API."""
    parser.add_argument(
        "blog", type=arguments.path, metavar="BLOG_DIR", help="the blog's directory"
    )
    parser.add_argument(
        "--payloads",
        type=arguments.path,
        metavar="DIR",
        help="recorded API answers, one a day: 2025-12-24.json",
    )


def recorded_editions(directory: str | None) -> dict[date, Edition]:
    """Return the editions of all recorded answers in a directory.

    Raises `SourceRejected` or `PayloadError`.
    """
    if directory is None:
        return {}
    recorded = recorded_days(Path(directory))
    if not recorded:
        raise SourceRejected("holds no answers such as 2025-12-24.json", None, directory)
    return {
        day: edition(day, RecordedSource(path, Path(directory)))
        for day, path in sorted(recorded.items())
    }


def edition(day: date, source: PaperSource) -> Edition:
    """Return a day's edition as the source has it. Raises `SourceError`."""
    payload = source.fetch(day)
    return Edition(day, rank(parse(payload)))


def _day_of(path: str) -> date:
    name = DAY_OF_DATA.fullmatch(path)
    day = _day(name[1]) if name else None
    if day is None:
        raise PayloadError("the file's name is not like daily-2025-12-24.json", None, path)
    return day


def _day(text: str) -> date | None:
    try:
        return events.read_day(text)
    except ValueError:
        return None
