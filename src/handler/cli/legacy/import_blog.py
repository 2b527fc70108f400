"""`paperboy import`: publish what an old crawler stored as editions."""

import argparse
import json
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
from core.legacy.importing import fixed_candidates, verbatim_candidates
from core.model.ports import Renderer
from core.model.report import RunReport, RunRequest, Status
from handler import bootstrap, reports
from handler.cli import arguments, terminal
from handler.cli.legacy import blog_archive
from handler.cli.legacy.blog_archive import BlogArchive
from handler.settings import Settings, from_environment

# Seconds that an import may take before it gives up.
PATIENCE = 3600.0

EXAMPLES = """\
examples:
  paperboy import ../blog --dry-run              what would be published and fixed
  paperboy import ../blog --out public
  paperboy import ../blog --bucket my-papers --payloads recorded-answers
  paperboy import ../blog --out old --verbatim   the posts as they are, byte for byte

Imported editions have "source": "import". They never replace an edition that came from
Hugging Face itself, unless --force is given.
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
        "--verbatim", action="store_true", help="fix nothing, escape nothing, keep the order"
    )
    parser.add_argument("--force", action="store_true", help="publish what the guard would refuse")
    arguments.add_common(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    settings = from_environment(arguments.environment(options))
    blog = blog_archive.read(Checkout(Path(options.blog)))
    records = blog_archive.recorded_editions(options.payloads)
    days = blog.days.values()
    candidates = (
        verbatim_candidates(days) if options.verbatim else fixed_candidates(days, records.values())
    )
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
    with terminal.progress(len(candidates), quiet=options.json) as watch:
        report = write_days(candidates, request, ports, watch)
    _print(report, blog, options)
    return terminal.finish([*blog.broken.values(), *report.errors()], debug=options.debug)


def _verbatim(blog: BlogArchive, settings: Settings, usual: Ports) -> Renderer:
    """Return the renderer that gives stored days the post and front matter that they have."""
    # Imported here, because only --verbatim needs it.
    from core.legacy.verbatim import VerbatimPosts, VerbatimRenderer

    parts = {day: front_matter.split(posts[0].body or b"") for day, posts in blog.posts.items()}
    heads = {day: found[0] for day, found in parts.items() if found}
    verbatim = VerbatimRenderer(bootstrap.root() / "templates", settings.style)
    return VerbatimPosts(blog.days.values(), heads, verbatim, usual.renderer())


def _print(report: RunReport, blog: BlogArchive, options: argparse.Namespace) -> None:
    """Print the report as JSON, or a line for each day and how many days ended how."""
    if options.json:
        skipped = {path: str(error) for path, error in blog.broken.items()}
        done = {"ok": not (report.errors() or skipped), "skipped": skipped}
        document = reports.as_json(report) | done
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for edition in report.editions:
        print(terminal.headline(edition, report.dry_run))
    counts = Counter(edition.status for edition in report.editions)
    would = "would be " if report.dry_run else ""
    ends = [
        f"{count} {would if status == Status.PUBLISHED else ''}{status}"
        for status, count in counts.most_common()
    ]
    ends += [f"{len(blog.broken)} skipped"] if blog.broken else []
    print(f"{len(report.editions) + len(blog.broken)} days: {', '.join(ends) or 'none'}")
