"""`paperboy site`: render all derived objects again from the published editions."""

import argparse
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from core.archive.rebuild import Rebuilt, check
from core.model.changes import Change
from core.model.dates import months_until
from core.model.errors import PaperboyError, StoreError
from core.model.ports import Store
from handler import bootstrap, reports
from handler.cli import arguments, terminal
from handler.settings import PREFIX, from_environment

if TYPE_CHECKING:
    from handler.cli.arguments import Commands

# Seconds that it may take before it gives up.
PATIENCE = 3600.0

EXAMPLES = """\
examples:
  paperboy site --from-store public              after a change of templates, texts or settings
  paperboy site --from-store s3://my-papers/ai --dry-run

Nothing is fetched from Hugging Face, and editions stay as they are. Objects with the same bytes are
not written. PAPERBOY_SITE_URL is the address in feeds, sitemaps and previews.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "site",
        help="render pages and feeds again",
        description="Renders posts, pages, indexes and feeds again from published editions.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--from-store",
        type=arguments.path,
        metavar="STORE",
        help="a directory, or s3://bucket/prefix (default: PAPERBOY_STORE, or else public)",
    )
    arguments.add_dry_run(parser)
    arguments.add_output(parser, "each object")
    parser.set_defaults(run=run, bucket=None, out=None, prefix="")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    variables = arguments.environment(options)
    if options.from_store:
        place = options.from_store
        variables[f"{PREFIX}STORE"] = place if "://" in place else arguments.file_url(place)
    end, today = monotonic() + PATIENCE, datetime.now(UTC).date()
    ports = bootstrap.ports(from_environment(variables), lambda: end - monotonic())
    rebuilt = Rebuilt()
    errors: list[PaperboyError] = []
    with terminal.bar(len(months_until(today)), quiet=options.quiet) as advance:
        try:
            rebuilt = check(ports, watch=advance, everything=True, dry_run=options.dry_run)
            errors += rebuilt.errors
        except PaperboyError as error:
            errors.append(error)
    if not (rebuilt.changes or errors):
        errors.append(StoreError("holds no editions: publish some first", ports.store.location("")))
    _print(list(rebuilt.changes.values()), errors, ports.store, options)
    return terminal.finish(errors, debug=options.debug)


def _print(
    changes: list[Change], errors: list[PaperboyError], store: Store, options: argparse.Namespace
) -> None:
    if options.json:
        objects = [reports.change_as_json(change) for change in changes]
        terminal.print_json({"dry_run": options.dry_run, "ok": not errors, "objects": objects})
    elif not options.quiet:
        print(f"{terminal.counts(changes, dry_run=options.dry_run)} in {store.location('')}")
        if options.verbose:
            terminal.print_changes(changes, options.dry_run, store.location)
