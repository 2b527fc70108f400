"""`paperboy backfill`: publish many days, in this process or by the deployed state machine."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from threading import Event, local
from time import monotonic
from typing import TYPE_CHECKING

from adapters.quota import Quota
from core import publish
from core.archive.backfill import write_day
from core.archive.ports import Ports
from core.archive.read import read_archive
from core.archive.rebuild import catalog
from core.model import dates
from core.model.report import EditionReport, RunRequest, Status
from handler import bootstrap, events, reports
from handler.cli import arguments, terminal
from handler.cli.outage import Outage
from handler.settings import Settings, from_environment

if TYPE_CHECKING:
    from core.model.blog import BlogReport
    from handler.cli.arguments import Commands

# Seconds that a day may take before it is given up; a source may ask for waits of minutes.
PATIENCE = 600.0
INTERRUPTED = 130
THREADS, MOST_THREADS = 4, 32

EXAMPLES = """\
examples:
  paperboy backfill --from 2025-12-01 --to 2025-12-24 --out public
  paperboy backfill --from 2023-05-04 --bucket my-papers --prefix papers
  paperboy backfill --from 2023-05-04 --state-machine arn:aws:states:…:paperboy-backfill

Days that are published are left alone, unless --force is given: the same command again continues
where it was interrupted. The command keeps within the source's limit of 500 requests in 5 minutes,
and stops after 5 days in a row without an answer. PAPERBOY_SOURCE_SECRET names where a Hugging Face
token is kept, such as file:token.txt.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "backfill",
        help="publish the editions of many days",
        description="Publishes all days from one to another, and then what follows from them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--from",
        dest="first",
        type=arguments.day,
        metavar="D",
        required=True,
        help=f"the first day, such as {dates.FIRST_DAY}, when Daily Papers began",
    )
    parser.add_argument(
        "--to", dest="last", type=arguments.day, metavar="D", help="the last day (default: today)"
    )
    arguments.add_store(parser)
    parser.add_argument(
        "--state-machine",
        type=arguments.state_machine,
        metavar="ARN",
        help="start a deployed state machine instead, and show its progress",
    )
    parser.add_argument(
        "--threads",
        type=arguments.positive,
        metavar="N",
        help=f"days at once, at most {MOST_THREADS} (default: {THREADS})",
    )
    parser.add_argument(
        "--now",
        type=arguments.moment,
        metavar="ISO",
        help="the runs' scheduled time (default: the clock)",
    )
    parser.add_argument(
        "--force", action="store_true", help="fetch and publish all days, published ones too"
    )
    arguments.add_output(parser, "each day")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    now = options.now or datetime.now(UTC)
    last = options.last or now.date()
    events.check_range(options.first, last, now.date())
    if options.threads and options.threads > MOST_THREADS:
        options.parser.error(f"--threads: at most {MOST_THREADS}")
    if not options.state_machine:
        return _here(options, events.days_between(options.first, last), now)
    for name in ("bucket", "out", "prefix", "threads"):
        if getattr(options, name):
            options.parser.error(f"--{name} is not allowed with --state-machine, which has its own")
    # Imported here, because nothing else needs it.
    from handler.cli.cloud_backfill import watch

    return watch(options, last)


def _here(options: argparse.Namespace, days: Sequence[date], now: datetime) -> int:
    end = monotonic() + PATIENCE * len(days)
    workplace = Workplace(from_environment(arguments.environment(options)), end)
    done = list[EditionReport]()
    outage = Outage()
    request = RunRequest((), now, force=options.force)

    def bring(day: date) -> EditionReport:
        ports = workplace.ports()
        return write_day(day, request, ports, lambda day: publish.fetch(day, request, ports))

    try:
        with terminal.bar(len(days), quiet=options.quiet) as advance:
            threads = options.threads or THREADS
            for report in _at_once(bring, days, threads, workplace.leave, outage):
                done.append(report)
                outage.note(report.error)
                advance(str(report.day))
        months = dates.months_until(days[-1], days[0])
        with terminal.bar(len(months), quiet=options.quiet) as advance:
            rebuilt = catalog(months, workplace.ports(), watch=advance)
        blog = _deliver(days if options.force else (), months, now, workplace.ports())
    except KeyboardInterrupt:
        print(
            f"paperboy: interrupted after {len(done):,} of {len(days):,} days; every file that was "
            "written is complete; run the same command again to continue",
            file=sys.stderr,
        )
        return INTERRUPTED
    done.sort(key=lambda report: report.day)
    _print(days, done, blog, options)
    errors = [report.error for report in done if report.error] + rebuilt.errors
    errors += [blog.error] if blog and blog.error else []
    if outage.is_lasting and len(done) < len(days):
        errors.append(outage.error(len(days) - len(done)))
    return terminal.finish(errors, debug=options.debug)


class Workplace:
    """The ports of each thread: a source of its own, and the ports that all threads share."""

    def __init__(self, settings: Settings, end: float) -> None:
        """`end` is when all threads have to end, on the monotonic clock."""
        self._settings, self._end = settings, end
        self._left = Event()
        # An interrupt also ends the wait for the source's limit.
        self._quota = Quota(sleep=self._left.wait)
        self._ports = bootstrap.ports(settings, self._remaining)
        self._own = local()

    def ports(self) -> Ports:
        """Return the calling thread's ports."""
        if not hasattr(self._own, "ports"):
            source = bootstrap.source(self._settings, self._remaining, self._quota)
            self._own.ports = replace(self._ports, source=source)
        ports: Ports = self._own.ports
        return ports

    def leave(self) -> None:
        """End the work of all threads: no time is left for them."""
        self._left.set()

    def _remaining(self) -> float:
        return 0.0 if self._left.is_set() else self._end - monotonic()


def _at_once(
    bring: Callable[[date], EditionReport],
    days: Iterable[date],
    threads: int,
    leave: Callable[[], None],
    outage: Outage,
) -> Iterator[EditionReport]:
    """Yield the days' reports, of a few days at once, as they end.

    After a lasting outage no more days are begun. An interrupt calls `leave`, and waits for the
    days that are being written.
    """
    left, running = iter(days), set[Future[EditionReport]]()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                if outage.is_lasting:
                    running = {future for future in running if not future.cancel()}
                else:
                    # One more for each thread, so that no thread waits for the next day.
                    news = islice(left, 2 * threads - len(running))
                    running |= {pool.submit(bring, day) for day in news}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except KeyboardInterrupt:
            leave()
            raise
        finally:
            for future in running:
                future.cancel()


def _deliver(
    days: Sequence[date], months: Sequence[date], now: datetime, ports: Ports
) -> "BlogReport | None":
    if not ports.blog:
        return None
    # Imported here, because most deployments have no blog.
    from core.blog.deliver import deliver

    archive = read_archive([], [], ports).archive
    return deliver(archive, days, RunRequest((), now), ports, ports.blog, months=months)


def _print(
    days: Sequence[date],
    done: Sequence[EditionReport],
    blog: "BlogReport | None",
    options: argparse.Namespace,
) -> None:
    counts = Counter(report.status for report in done)
    if options.json:
        document = {
            "from": str(days[0]),
            "to": str(days[-1]),
            "days": len(days),
            **{str(status): counts[status] for status in Status},
            "not_tried": len(days) - len(done),
            "failed_days": [
                {"date": str(report.day), "error": type(report.error).__name__}
                for report in done
                if report.error
            ],
            "blog": reports.blog_as_json(blog) if blog else None,
        }
        terminal.print_json(document)
        return
    if options.quiet:
        return
    for report in done if options.verbose else ():
        print(terminal.headline(report, dry_run=False))
    summary = [f"{counts[status]:,} {status}" for status in Status if counts[status]]
    summary += [f"{len(days) - len(done):,} not tried"] if len(done) < len(days) else []
    print(f"{terminal.counted(len(days), 'day')}: {', '.join(summary)}")
    if blog:
        terminal.print_blog(blog, dry_run=False, verbose=options.verbose)
