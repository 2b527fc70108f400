"""`paperboy run`: fetch, rank and publish editions."""

import argparse
from datetime import UTC, datetime
from time import monotonic

from core import publish
from core.model.report import RunRequest
from handler import bootstrap, events, reports
from handler.cli import arguments, terminal
from handler.settings import PREFIX, from_environment

# Seconds that a day may take before a run gives up; a source may ask for waits of minutes.
PATIENCE = 600.0

EXAMPLES = """\
examples:
  paperboy run                                   today's edition (UTC), into ./public
  paperboy run --date 2025-12-24 --dry-run       what would be published, and why
  paperboy run --date 2025-12-24 --verbose       each object that was written, too
  paperboy run --date 2025-12-24 --date 2025-12-23 --bucket my-papers --prefix papers
  paperboy run --date 2025-12-24 --payload answer.json --out /tmp/public

Posts are in the `language` of paperboy.toml; PAPERBOY_LANGUAGE=en makes them English. For a bucket,
AWS_REGION and AWS_PROFILE name the region and the profile, as for the AWS CLI. With
PAPERBOY_BLOG_REPOSITORY and PAPERBOY_BLOG_SECRET set, the run also commits to the blog.
PAPERBOY_SOURCE_SECRET says where a Hugging Face token is kept, such as file:token.txt; the token
raises the limit of requests.
"""


def add(commands: arguments.Commands) -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "run",
        help="fetch, rank and publish editions",
        description="Fetches the days, ranks their papers, and publishes JSON and a Jekyll post.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--date",
        action="append",
        type=arguments.day,
        metavar="D",
        default=[],
        help="a day like 2025-12-24; may be repeated (default: today in UTC)",
    )
    parser.add_argument(
        "--payload",
        type=arguments.path,
        metavar="FILE",
        help="read a recorded API answer instead of the network",
    )
    arguments.add_store(parser)
    parser.add_argument(
        "--top",
        type=arguments.positive,
        metavar="N",
        help="papers in the post (default: paperboy.toml's)",
    )
    parser.add_argument(
        "--now",
        type=arguments.moment,
        metavar="ISO",
        help="the run's scheduled time (default: the clock)",
    )
    parser.add_argument("--force", action="store_true", help="publish what the guard would refuse")
    arguments.add_dry_run(parser)
    arguments.add_output(parser, "each object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    now = options.now or datetime.now(UTC)
    days = tuple(dict.fromkeys(options.date)) or (now.date(),)
    if len(days) > events.MAX_DAYS:
        options.parser.error(
            f"--date: at most {events.MAX_DAYS} days; `paperboy backfill` does more"
        )
    if options.payload and len(days) > 1:
        options.parser.error("--payload holds one day: give --date once")
    for day in days:
        events.check_day(day, now.date(), "--date" if options.date else "--now")
    end = monotonic() + PATIENCE * len(days)
    ports = bootstrap.ports(from_environment(_environment(options)), lambda: end - monotonic())
    request = RunRequest(days, now, force=options.force, dry_run=options.dry_run)
    with terminal.progress(len(days), quiet=options.quiet) as watch:
        report = publish.run(request, ports, watch)
    if options.json:
        terminal.print_json(reports.as_json(report))
    elif not options.quiet:
        terminal.print_report(report, ports.store, verbose=options.verbose)
    return terminal.finish(report.errors(), debug=options.debug)


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """Return the environment with what the options set in it."""
    variables = arguments.environment(options)
    if options.payload:
        variables[f"{PREFIX}SOURCE"] = arguments.file_url(options.payload)
    if options.top:
        variables[f"{PREFIX}TOP"] = str(options.top)
    return variables
