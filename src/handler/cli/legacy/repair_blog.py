"""`paperboy repair`: fix an old crawler's archive, in place or on GitHub."""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic

from adapters.checkout import Checkout
from core.blog.commits import commit_files
from core.legacy import crawler
from core.legacy.repair import BlogDay, RepairedDay, Repairer, month_posts
from core.legacy.repaired_post import RepairedPosts
from core.model import dates
from core.model.blog import BlogFile
from core.model.errors import BlogRejected, PaperboyError, SettingsError
from core.model.paper import Edition
from core.model.ports import Blog, Remaining, Renderer
from handler import bootstrap
from handler.cli import arguments, terminal
from handler.cli.legacy import blog_archive
from handler.cli.legacy.blog_archive import BlogArchive
from handler.cli.legacy.repair_report import Repair, errors, message, print_report
from handler.cli.outage import Outage
from handler.settings import BLOG_PERMALINK, PREFIX, Settings, from_environment

# Seconds that a repair may take before it gives up; it may ask for hundreds of days.
PATIENCE = 3600.0

EXAMPLES = """\
examples:
  paperboy repair ../blog --dry-run                       how many days would change, and why
  paperboy repair ../blog --dry-run --verbose             the same, day by day
  paperboy repair ../blog --from 2025-12-01 --to 2025-12-31 --dry-run --diff
  paperboy repair ../blog --payloads recorded-answers     without asking the API
  paperboy repair ../blog --pull-request                  on GitHub, for a review

Papers, their order and their votes stay as they were stored, unless --votes current is given. File
names and URLs stay, unless --redirect is given. Posts of days that only repeat another day, as
weekends do, are removed; --dry-run --verbose names them. For GitHub, PAPERBOY_BLOG_REPOSITORY and
PAPERBOY_BLOG_SECRET name the repository and where its token is kept; BLOG_DIR must be an up-to-date
copy of the branch.
"""


def add(commands: arguments.Commands) -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "repair",
        help="fix an old crawler's archive",
        description="Fixes a blog's stored days: organisations, links, abstracts, dates, markup.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    blog_archive.add_arguments(parser)
    parser.add_argument(
        "--from", dest="first", type=arguments.day, metavar="D", help="the first day (default: all)"
    )
    parser.add_argument(
        "--to", dest="last", type=arguments.day, metavar="D", help="the last day (default: all)"
    )
    parser.add_argument(
        "--votes",
        choices=("stored", "current"),
        default="stored",
        help="keep papers, order and votes as stored, or take them from the API",
    )
    parser.add_argument(
        "--redirect",
        action="store_true",
        help="name old posts as new ones, and redirect their addresses and those of removed posts"
        " (needs jekyll-redirect-from)",
    )
    parser.add_argument("--diff", action="store_true", help="show what changes, line by line")
    parser.add_argument(
        "--force", action="store_true", help="write although there are uncommitted changes"
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--github", action="store_true", help="commit on GitHub; write nothing here")
    place.add_argument("--pull-request", action="store_true", help="the same, as a pull request")
    arguments.add_dry_run(parser)
    arguments.add_output(parser, "each day that changes")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.first and options.last and options.first > options.last:
        options.parser.error("--from is after --to")
    checkout = Checkout(Path(options.blog))
    on_github = options.github or options.pull_request
    blog = blog_archive.read(checkout)
    if not (on_github or options.dry_run or options.force or checkout.is_clean()):
        problem = "there are uncommitted changes: commit them first, or use --force"
        raise BlogRejected(problem, options.blog)
    settings = _settings(options, blog)
    days = [
        day for day in sorted(blog.days) if (options.first or day) <= day <= (options.last or day)
    ]
    end = monotonic() + PATIENCE
    # First, so that a missing token fails before the work.
    target = _target(settings, options, lambda: end - monotonic())
    repair = _repair(blog, days, settings, options, lambda: end - monotonic())
    delivered = None
    if target and repair.files():
        pause = bootstrap.pause_within(lambda: end - monotonic())
        delivered = commit_files(
            repair.files(), blog.files(), message(repair), lambda: target, pause
        )
    elif not (on_github or options.dry_run):
        checkout.write(repair.files())
    print_report(repair, blog, delivered, options)
    return terminal.finish(errors(repair, blog, delivered), debug=options.debug)


def _settings(options: argparse.Namespace, blog: BlogArchive) -> Settings:
    """Return the settings; a repair has no store, and takes the author from the blog."""
    variables = {**os.environ, f"{PREFIX}STORE": "file:public"}
    if options.pull_request:
        variables[f"{PREFIX}BLOG_PULL_REQUESTS"] = "true"
    settings = from_environment(variables)
    if (options.github or options.pull_request) and not settings.blog:
        raise SettingsError(f"{PREFIX}BLOG_REPOSITORY and {PREFIX}BLOG_SECRET are missing")
    style = settings.style
    style = replace(
        style,
        permalink=style.permalink or BLOG_PERMALINK,
        author=style.author or blog.author(),
    )
    return replace(settings, style=style)


def _target(settings: Settings, options: argparse.Namespace, remaining: Remaining) -> Blog | None:
    """Return the branch on GitHub to commit to, None where nothing is committed."""
    if options.dry_run or not settings.blog or not (options.github or options.pull_request):
        return None
    return bootstrap.blog(settings.blog, remaining)


def _repair(
    blog: BlogArchive,
    days: Sequence[date],
    settings: Settings,
    options: argparse.Namespace,
    remaining: Remaining,
) -> Repair:
    """Repair the days, then their months."""
    failures: dict[date, PaperboyError] = {}
    repaired: list[RepairedDay] = []
    steps = len(days) if options.payloads else 2 * len(days)
    with terminal.bar(steps, quiet=options.quiet) as advance:
        outage = Outage()
        editions = _editions(days, settings, options, remaining, failures, outage, advance)
        tried = days if options.payloads else [*editions, *failures]
        renderer = bootstrap.renderer(settings.style, settings.site_url, settings.topics)
        repairer = Repairer(
            blog.days.values(),
            editions,
            RepairedPosts(renderer),
            votes_current=options.votes == "current",
            redirect=options.redirect,
            old_posts=blog.posts,
        )
        for day in tried:
            if day not in failures:
                data = blog.data[day]
                stored = BlogDay(day, data.path, data.body or b"", blog.posts.get(day, ()))
                repaired.append(repairer.repair(stored))
            advance(str(day))
    repaired.sort(key=lambda one: one.day)
    months = _months(blog, repaired, renderer)
    errors = list(failures.values())
    not_tried = len(days) - len(tried)
    if not_tried:
        errors.append(outage.error(not_tried))
    return Repair(tuple(repaired), tuple(months), tuple(errors), not_tried)


def _editions(
    days: Sequence[date],
    settings: Settings,
    options: argparse.Namespace,
    remaining: Remaining,
    failures: dict[date, PaperboyError],
    outage: Outage,
    advance: Callable[[str], None],
) -> dict[date, Edition]:
    """Return the API's editions, from recorded answers or by asking for each day.

    Errors of the API go to `failures`. Days that come after a lasting `outage` are not asked for.
    """
    if options.payloads:
        return blog_archive.recorded_editions(options.payloads)
    source = bootstrap.source(settings, remaining)
    editions = {}
    for day in days:
        if outage.is_lasting:
            break
        try:
            editions[day] = blog_archive.edition(day, source)
        except PaperboyError as error:
            failures[day] = error
        outage.note(failures.get(day))
        advance(str(day))
    return editions


def _months(
    blog: BlogArchive, repaired: Sequence[RepairedDay], renderer: Renderer
) -> Iterator[BlogFile]:
    """Return the posts of the repaired days' months that change."""
    after = {file.path: file.body for one in repaired for file in one.files}
    days = []
    for day, stored in blog.days.items():
        path = blog.data[day].path
        body = after.get(path, blog.data[day].body)
        if body is not None:
            days.append(crawler.read(body, day, path) if path in after else stored)
    touched = {dates.first_of_month(one.day) for one in repaired}
    own = [stored for stored in days if dates.first_of_month(stored.day) in touched]
    today = datetime.now(UTC).date()
    return month_posts(own, blog.others, today, renderer)
