"""`paperboy topics try`: show which papers the rules of topics choose, and why."""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from core.model.errors import PaperboyError, SettingsError, SourceRejected, StoreError
from core.model.paper import Edition
from core.model.ports import Store, Together, one_by_one
from core.model.text import excerpt
from handler import bootstrap
from handler.cli import arguments, terminal
from handler.settings import PREFIX, Settings, from_environment

if TYPE_CHECKING:
    from core.model.topic import Topic
    from core.topics.trial import Found, Trial
    from handler.cli.arguments import Commands

# Seconds that it may take before it gives up.
PATIENCE = 3600.0
# Editions of the default span.
NEWEST = 30
# Editions that are read at once.
BATCH = 16
# Papers and weeks that are shown of a topic.
MOST_PAPERS = 10
MOST_WEEKS = 12
EDITIONS = "daily/"
KEY = re.compile(rf"{EDITIONS}([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})\.json")

DESCRIPTION = """\
Evaluates the rules of the topics in paperboy.toml on published editions, or on recorded answers of
the source, and shows for each topic how many papers it has, the ten with most votes, and the ten
that only a term of `none` keeps out. Nothing is written.
"""
EXAMPLES = """\
examples:
  paperboy topics try                            all topics, on the newest editions in ./public
  paperboy topics try agents --from 2025-10-01 --to 2025-12-31
  paperboy topics try --bucket my-papers --prefix papers
  paperboy topics try --payloads recorded --json
  PAPERBOY_CONFIG=draft.toml paperboy topics try   rules that are not in use yet

A term that brings wrong papers is named at the end of their lines: make it longer, or add what the
wrong papers have in common to `none`. Then look at the closest misses, which `none` keeps out: a
term that keeps out right papers is too short. docs/topics.md explains how terms match.

With --json, the output is an object: each topic's id, with a list of its papers by date and rank,
each with "date", "id" and "why", the terms and names that matched.
"""
NO_TOPICS = (
    "there are no topics: add one to paperboy.toml, such as"
    ' [[topic]] with the lines id = "agents", title = { en = "Agents" } and any = ["agent*"];'
    " docs/topics.md explains the rules"
)


@dataclass(frozen=True, slots=True)
class Editions:
    """The days of editions in order, how to read the one of a day, and how to read several.

    `read` returns None for a day that has no papers, and raises our own exceptions.
    """

    days: Sequence[date]
    read: Callable[[date], Edition | None]
    together: Together


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "topics",
        help="show which papers the rules of your topics choose",
        description="Helps to find good rules for the topics of paperboy.toml.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    trial = actions.add_parser(
        "try",
        help="evaluate the rules on editions, and show what they choose",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    trial.add_argument("topic", metavar="ID", nargs="?", help="only this topic (default: all)")
    trial.add_argument(
        "--from",
        dest="first",
        type=arguments.day,
        metavar="D",
        help=f"the first day (default: of the newest {NEWEST} editions; with --to, of all)",
    )
    trial.add_argument(
        "--to",
        dest="last",
        type=arguments.day,
        metavar="D",
        help="the last day (default: the last edition's)",
    )
    place = arguments.add_store(trial)
    place.add_argument(
        "--store",
        type=arguments.path,
        metavar="STORE",
        help="the archive as a directory or s3://bucket/prefix, instead of --out or --bucket",
    )
    place.add_argument(
        "--payloads",
        type=arguments.path,
        metavar="DIR",
        help="read recorded answers such as 2025-12-24.json, also gzipped, instead of an archive",
    )
    arguments.add_output(trial)
    trial.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.first and options.last and options.first > options.last:
        options.parser.error(f"--from {options.first} is after --to {options.last}")
    if options.prefix and (options.payloads or options.store):
        options.parser.error("--prefix is only for --out and --bucket")
    settings = from_environment(_environment(options))
    topics = _wanted(settings.topics, options.topic)
    editions = _recorded(options.payloads) if options.payloads else _published(settings)
    days = _span(editions.days, options.first, options.last)
    # Imported here, because only topics need it.
    from core.topics.trial import Trial

    trial = Trial(topics)
    errors: list[PaperboyError] = []
    with terminal.bar(len(days), quiet=options.quiet) as advance:
        for day, found in _read(editions, days):
            if isinstance(found, PaperboyError):
                errors.append(found)
            elif found:
                trial.add(found)
            advance(str(day))
    if options.json:
        terminal.print_json({topic.id: _as_json(trial, topic) for topic in topics})
    elif not options.quiet:
        is_default = not (options.first or options.last) and len(days) < len(editions.days)
        _print(trial, settings.style.language, is_default=is_default)
    return terminal.finish(errors, debug=options.debug)


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """Return the environment, with the store that the options name as its setting."""
    variables = arguments.environment(options)
    if options.store:
        place = options.store
        variables[f"{PREFIX}STORE"] = place if "://" in place else arguments.file_url(place)
    return variables


def _wanted(topics: "Sequence[Topic]", name: str | None) -> "Sequence[Topic]":
    """Return the topics that are asked for. Raises `SettingsError` if there are none."""
    if not topics:
        raise SettingsError(NO_TOPICS)
    wanted = [topic for topic in topics if name in (None, topic.id)]
    if not wanted:
        names = ", ".join(topic.id for topic in topics)
        raise SettingsError(f"there is no topic {excerpt(name or '')!r}; use one of {names}")
    return wanted


def _published(settings: Settings) -> Editions:
    """Return the editions of the archive. Raises `StoreError` if there are none."""
    end = monotonic() + PATIENCE
    store = bootstrap.store(settings.store, lambda: end - monotonic())
    days = []
    for listed in store.list(EDITIONS):
        if found := KEY.fullmatch(listed.key):
            with suppress(ValueError):
                days.append(date.fromisoformat(found[1]))
    if not days:
        raise StoreError("holds no editions: publish some first", store.location(""))
    return Editions(days, partial(_edition, store), bootstrap.together(settings.store))


def _edition(store: Store, day: date) -> Edition:
    # Imported here, because other commands do not need it.
    from core.archive.read import read_edition
    from core.model import keys

    key = keys.edition_json(day)
    edition = read_edition(store.get(key), day)
    if edition is None:
        raise StoreError("there is no edition that can be read", store.location(key))
    return edition


def _recorded(name: str) -> Editions:
    """Return the editions of recorded answers. Raises `SourceRejected` if there are none."""
    # Imported here, because archives do not need it.
    from adapters.recorded import RecordedSource, recorded_days
    from core.edition import raw

    directory = Path(name)
    files = recorded_days(directory)
    if not files:
        raise SourceRejected("holds no recorded answers, such as 2025-12-24.json", None, name)

    def read(day: date) -> Edition | None:
        edition = raw.edition_of(RecordedSource(files[day], directory).fetch(day))
        return edition if edition.papers else None

    return Editions(sorted(files), read, one_by_one)


def _span(days: Sequence[date], first: date | None, last: date | None) -> Sequence[date]:
    """Return the days from the first to the last, by default the newest.

    Raises `StoreError` if there are none.
    """
    if not (first or last):
        return days[-NEWEST:]
    span = [day for day in days if (first or date.min) <= day <= (last or date.max)]
    if not span:
        raise StoreError(f"there are no editions in this span, only {days[0]} to {days[-1]}")
    return span


def _read(
    editions: Editions, days: Sequence[date]
) -> Iterator[tuple[date, Edition | PaperboyError | None]]:
    """Yield each day's edition, or the error why it cannot be read; read several at once."""

    def read(day: date) -> Edition | PaperboyError | None:
        try:
            return editions.read(day)
        except PaperboyError as error:
            return error

    left = iter(days)
    while batch := list(islice(left, BATCH)):
        found = editions.together([partial(read, day) for day in batch])
        yield from zip(batch, found, strict=True)


def _as_json(trial: "Trial", topic: "Topic") -> list[dict[str, object]]:
    return [
        {"date": str(found.day), "id": found.paper.id, "why": found.terms}
        for found in trial.chosen[topic.id]
    ]


def _print(trial: "Trial", language: str, *, is_default: bool) -> None:
    if not trial.days:
        return
    editions = terminal.counted(len(trial.days), "edition")
    papers = terminal.counted(trial.papers, "paper")
    which = f" (the newest {NEWEST}; --from and --to choose others)" if is_default else ""
    print(f"{editions}, {trial.days[0]} to {trial.days[-1]}, {papers}{which}")
    for topic in trial.topics:
        print(f"\n{topic.id}: {topic.title.get(language, topic.id)}")
        _print_counts(trial, topic.id)
        _print_papers("most votes", trial.chosen[topic.id])
        _print_papers("closest misses, with the terms of none", trial.missed[topic.id])


def _print_counts(trial: "Trial", topic: str) -> None:
    """Print how many papers a topic has, and how many in each ISO week."""
    weeks = trial.weeks()
    count = len(trial.chosen[topic])
    print(f"  {terminal.counted(count, 'paper')}, {count / len(weeks):,.1f} a week")
    newest = weeks[-MOST_WEEKS:]
    which = f" (the newest {MOST_WEEKS} of {len(weeks):,})" if len(weeks) > MOST_WEEKS else ""
    counts = trial.by_week(topic)
    numbers = (f"{year}-W{week:02} {counts[year, week]}" for year, week in newest)
    print(f"  weeks{which}: {', '.join(numbers)}")


def _print_papers(heading: str, papers: "Sequence[Found]") -> None:
    """Print the papers with most votes: date, rank, votes, title and terms."""
    from core.topics.trial import best

    if not papers:
        return
    print(f"  {heading}:")
    print(f"    {'date':10}  {'rank':>4}  {'votes':>5}  title [terms]")
    for found in best(papers, MOST_PAPERS):
        votes = "?" if found.paper.votes is None else f"{found.paper.votes:,}"
        terms = ", ".join(found.terms)
        print(f"    {found.day}  {found.rank:>4}  {votes:>5}  {found.paper.title} [{terms}]")
