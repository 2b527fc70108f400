"""`paperboy withdraw`: remove an edition or a paper from everything that is published."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from core.archive.ports import Ports
from core.archive.withdraw import Target, find, withdraw
from core.model.changes import Change
from core.model.ports import Store
from core.model.report import RunRequest
from handler import bootstrap, events, reports
from handler.cli import arguments, terminal
from handler.settings import from_environment

if TYPE_CHECKING:
    from core.model.blog import BlogReport
    from handler.cli.arguments import Commands

# Seconds that it may take before it gives up.
PATIENCE = 600.0

EXAMPLES = """\
examples:
  paperboy withdraw --date 2025-12-24 --paper 2512.20619 --bucket my-papers --dry-run
  paperboy withdraw --date 2025-12-24 --out public

In a terminal the command asks first. Later runs leave out what was withdrawn, too. The same command
again completes a withdrawal that was interrupted. The stack's bucket keeps old versions of objects
for 30 days, caches keep copies for up to an hour, and a blog's history stays.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "withdraw",
        help="remove an edition or a paper from everything published",
        description="Permanently removes an edition, or a paper of it, from everything published.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--date", type=arguments.day, metavar="D", required=True, help="the edition's day"
    )
    parser.add_argument("--paper", type=arguments.path, metavar="ID", help="only this paper of it")
    parser.add_argument("--yes", action="store_true", help="do not ask in a terminal")
    arguments.add_store(parser)
    arguments.add_dry_run(parser)
    arguments.add_output(parser, "each object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    now = datetime.now(UTC)
    events.check_day(options.date, now.date(), "--date")
    request = RunRequest((options.date,), now, dry_run=options.dry_run)
    ports = _ports(options)
    target = find(options.date, options.paper, ports)
    if not (options.dry_run or options.yes) and terminal.can_ask():
        if not _is_wanted(target, request, ports):
            print("nothing was withdrawn")
            return 1
        # The time for an answer does not count.
        ports = _ports(options)
    archive, changes = withdraw(options.date, options.paper, request, ports)
    blog = None
    if ports.blog:
        # Imported here, because most deployments have no blog.
        from core.blog.deliver import deliver

        blog = deliver(archive, request.days, request, ports, ports.blog)
    if options.json:
        document = {
            "dry_run": options.dry_run,
            "date": str(target.day),
            "paper": target.id,
            "rank": target.rank,
            "title": target.title,
            "already_withdrawn": target.is_withdrawn,
            "objects": [reports.change_as_json(change) for change in changes],
            "blog": reports.blog_as_json(blog) if blog else None,
        }
        terminal.print_json(document)
    elif not options.quiet:
        _print(target, changes, blog, ports.store, options)
    return terminal.finish([blog.error] if blog and blog.error else [], debug=options.debug)


def _ports(options: argparse.Namespace) -> Ports:
    end = monotonic() + PATIENCE
    settings = from_environment(arguments.environment(options))
    return bootstrap.ports(settings, lambda: end - monotonic())


def _is_wanted(target: Target, request: RunRequest, ports: Ports) -> bool:
    """Show what a withdrawal would change, and ask whether to go on."""
    _, changes = withdraw(target.day, target.id, replace(request, dry_run=True), ports)
    print(_what(target))
    terminal.print_counts(changes, True, ports.store)
    verb = "Complete its withdrawal" if target.is_withdrawn else "Withdraw it permanently"
    return terminal.ask(f"{verb} from {ports.store.location('')}?")


def _print(
    target: Target,
    changes: Sequence[Change],
    blog: "BlogReport | None",
    store: Store,
    options: argparse.Namespace,
) -> None:
    if target.is_withdrawn:
        verb = "already withdrawn"
    else:
        verb = "would be withdrawn" if options.dry_run else "withdrawn"
    print(f"{verb}: {_what(target)}")
    terminal.print_counts(changes, options.dry_run, store)
    if options.verbose:
        terminal.print_changes(changes, options.dry_run, store.location)
    if blog:
        terminal.print_blog(blog, dry_run=options.dry_run, verbose=options.verbose)
    else:
        print("the blog was not checked: PAPERBOY_BLOG_REPOSITORY is not set", file=sys.stderr)


def _what(target: Target) -> str:
    if target.id is None:
        return f"the edition of {target.day}, {terminal.counted(target.papers, 'paper')}"
    if target.title is None:
        return f"paper {target.id} of {target.day}"
    return f"paper {target.rank} of {target.day}, {target.title} ({target.id})"
