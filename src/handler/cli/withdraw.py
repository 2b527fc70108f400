"""`paperboy withdraw`: take an edition or a paper out of everything that is published."""

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from core.archive import foreign
from core.archive.rehearsal import RehearsalStore
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

Later runs leave it out, too. Old versions of objects stay in a versioned bucket for as many days as
the stack keeps them, copies in caches for up to an hour, and a blog's history for ever.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "withdraw",
        help="take an edition or a paper out of everything published",
        description="Takes an edition, or one paper of it, out of everything published, for good.",
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
    if options.dry_run:
        ports = replace(ports, store=RehearsalStore(ports.store))
    foreign.check(ports, "nothing was withdrawn")
    changes = withdraw(options.date, options.paper, now, ports)
    blog = None
    if ports.blog:
        # Imported here: most have no blog.
        from core.blog.deliver import deliver

        request = RunRequest((options.date,), now, dry_run=options.dry_run)
        blog = deliver(request.days, request, ports, ports.blog)
    if options.json:
        document = {
            "dry_run": options.dry_run,
            "objects": [reports.change_as_json(change) for change in changes],
            "blog": reports.blog_as_json(blog) if blog else None,
        }
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        terminal.tell_changes(changes, options.dry_run, ports.store.location)
        if blog:
            terminal.tell_blog(blog, dry_run=options.dry_run)
        else:
            print("no blog was looked at: PAPERBOY_BLOG_REPOSITORY names none", file=sys.stderr)
    return terminal.finish([blog.error] if blog and blog.error else [], debug=options.debug)
