"""`paperboy import`: publish what an old crawler stored as editions."""

import argparse
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from time import monotonic

from adapters.checkout import Checkout
from core.archive.backfill import write_days
from core.archive.ports import Ports
from core.legacy import front_matter
from core.legacy.importing import ImportPlan, fixed_days, verbatim_days
from core.model.ports import Renderer, Store
from core.model.report import RunReport, RunRequest, Status
from handler import bootstrap, reports
from handler.cli import arguments, terminal
from handler.cli.legacy import blog_archive
from handler.cli.legacy.blog_archive import BlogArchive
from handler.cli.legacy.repair_report import defect_rows
from handler.configuration import root
from handler.settings import Settings, from_environment

# Seconds that an import may take before it gives up.
PATIENCE = 3600.0

EXAMPLES = """\
examples:
  paperboy import ../blog --dry-run              what would be published and fixed
  paperboy import ../blog --dry-run --verbose    the same, day by day
  paperboy import ../blog --out public
  paperboy import ../blog --bucket my-papers --payloads recorded-answers
  paperboy import ../blog --out old --verbatim   the posts as they are, byte for byte

Imported editions have "source": "import". They never replace an edition that came from
Hugging Face itself, unless --force is given. Days that only repeat other days, as weekends do in
such archives, are left out, unless --verbatim is given.
"""


def add(commands: arguments.Commands) -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "import",
        help="publish what an old crawler stored",
        description="Publishes a blog's _data/papers/daily-*.json as editions, to keep history.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    blog_archive.add_arguments(parser)
    arguments.add_store(parser)
    parser.add_argument(
        "--verbatim", action="store_true", help="fix nothing, leave nothing out, keep the order"
    )
    parser.add_argument("--force", action="store_true", help="publish what the guard would refuse")
    arguments.add_dry_run(parser)
    arguments.add_output(parser, "each day")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    settings = from_environment(arguments.environment(options))
    blog = blog_archive.read(Checkout(Path(options.blog)))
    records = blog_archive.recorded_editions(options.payloads)
    days = blog.days.values()
    plan = verbatim_days(days) if options.verbatim else fixed_days(days, records.values())
    candidates = plan.candidates
    end = monotonic() + PATIENCE
    ports = replace(bootstrap.ports(settings, lambda: end - monotonic()), blog=None)
    if options.verbatim:
        ports = replace(ports, renderer=cache(partial(_verbatim, blog, settings, ports)))
    request = RunRequest(
        tuple(candidate.edition.day for candidate in candidates),
        datetime.now(UTC),
        force=options.force,
        dry_run=options.dry_run,
    )
    with terminal.progress(len(candidates), quiet=options.quiet) as watch:
        report = write_days(candidates, request, ports, watch)
    _print(report, plan, blog, ports.store, options)
    return terminal.finish([*blog.broken.values(), *report.errors()], debug=options.debug)


def _verbatim(blog: BlogArchive, settings: Settings, usual: Ports) -> Renderer:
    """Return the renderer that gives stored days the post and front matter that they have."""
    # Imported here, because only --verbatim needs it.
    from core.legacy.verbatim import VerbatimPosts, VerbatimRenderer

    parts = {day: front_matter.split(posts[0].body or b"") for day, posts in blog.posts.items()}
    heads = {day: found[0] for day, found in parts.items() if found}
    verbatim = VerbatimRenderer(root() / "templates", settings.style)
    return VerbatimPosts(blog.days.values(), heads, verbatim, usual.renderer())


def _print(
    report: RunReport,
    plan: ImportPlan,
    blog: BlogArchive,
    store: Store,
    options: argparse.Namespace,
) -> None:
    """Print how the days ended, and how many defects were fixed and remain."""
    if options.json:
        skipped = {path: str(error) for path, error in blog.broken.items()}
        own = {
            "ok": not (report.errors() or skipped),
            "skipped": skipped,
            "left_out": [str(day) for day in plan.left_out],
            "fixed": dict(plan.fixed),
            "remaining": dict(plan.remaining),
        }
        terminal.print_json(reports.as_json(report) | own)
        return
    if options.quiet:
        return
    for edition in report.editions if options.verbose else ():
        print(terminal.headline(edition, dry_run=report.dry_run))
    for day in plan.left_out if options.verbose else ():
        print(f"{day} left out: all of its papers belong to other days")
    print(_summary(report, plan, blog))
    changes = [change for edition in report.editions for change in edition.changes]
    terminal.print_counts([*changes, *report.changes], report.dry_run, store)
    for row in defect_rows(plan.fixed, plan.remaining, dry_run=report.dry_run):
        print(row)


def _summary(report: RunReport, plan: ImportPlan, blog: BlogArchive) -> str:
    """Return how many days ended how, in a line."""
    would = "would be " if report.dry_run else ""
    statuses = Counter(edition.status for edition in report.editions)
    ends = [
        f"{statuses[status]:,} {would if status != Status.FAILED else ''}{status}"
        for status in Status
        if statuses[status]
    ]
    if plan.left_out:
        ends.append(f"{len(plan.left_out):,} {would}left out as repeats of other days")
    if blog.broken:
        ends.append(f"{len(blog.broken):,} not readable")
    days = len(report.editions) + len(plan.left_out) + len(blog.broken)
    return f"{terminal.counted(days, 'day')}: {', '.join(ends) or 'none'}"
