"""`paperboy withdraw`: remove an edition or a paper from everything that is published."""

import argparse
import json
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from core.archive.withdraw import withdraw
from core.model.report import RunRequest
from handler import bootstrap, events, reports
from handler.cli import arguments, terminal
from handler.settings import from_environment

if TYPE_CHECKING:
    from handler.cli.arguments import Commands

# Seconds that it may take before it gives up.
PATIENCE = 600.0

EXAMPLES = """\
examples:
  paperboy withdraw --date 2025-12-24 --paper 2512.20619 --bucket my-papers --dry-run
  paperboy withdraw --date 2025-12-24 --out public

Later runs leave it out, too. A versioned bucket keeps old versions of objects for as many days as
the stack's OldVersionDays, caches keep copies for up to an hour, and a blog's history stays.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "withdraw",
        help="remove an edition or a paper from everything published",
        description="Removes an edition, or one paper of it, from everything published, for good.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--date", type=arguments.day, metavar="D", required=True, help="the edition's day"
    )
    parser.add_argument("--paper", type=arguments.path, metavar="ID", help="only this paper of it")
    arguments.add_store(parser)
    arguments.add_common(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    end, now = monotonic() + PATIENCE, datetime.now(UTC)
    events.check_day(options.date, now.date(), "--date")
    ports = bootstrap.ports(
        from_environment(arguments.environment(options)), lambda: end - monotonic()
    )
    request = RunRequest((options.date,), now, dry_run=options.dry_run)
    archive, changes = withdraw(options.date, options.paper, request, ports)
    blog = None
    if ports.blog:
        # Imported here, because most deployments have no blog.
        from core.blog.deliver import deliver

        blog = deliver(archive, request.days, request, ports, ports.blog)
    if options.json:
        document = {
            "dry_run": options.dry_run,
            "objects": [reports.change_as_json(change) for change in changes],
            "blog": reports.blog_as_json(blog) if blog else None,
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        terminal.print_changes(changes, options.dry_run, ports.store.location)
        if blog:
            terminal.print_blog(blog, dry_run=options.dry_run)
        else:
            print("the blog was not checked: PAPERBOY_BLOG_REPOSITORY is not set", file=sys.stderr)
    return terminal.finish([blog.error] if blog and blog.error else [], debug=options.debug)
