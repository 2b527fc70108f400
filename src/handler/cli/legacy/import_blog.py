"""`paperboy import`: what the blog's crawler stored, published as editions."""

import argparse
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from adapters.checkout import Checkout
from core import publish
from core.legacy import frontmatter
from core.legacy.importing import Archive
from core.model.ports import Ports, Renderer
from core.model.report import RunReport, RunRequest, Status
from handler import bootstrap, reports
from handler.cli import arguments, terminal
from handler.cli.legacy import blog_archive as archive
from handler.cli.legacy.blog_archive import BlogArchive
from handler.settings import Settings, from_environment

if TYPE_CHECKING:
    from handler.cli.arguments import Commands

# Seconds that an import may take before it gives up.
PATIENCE = 3600.0

EXAMPLES = """\
examples:
  paperboy import ../blog --dry-run              what would be published, and what is mended
  paperboy import ../blog --out public
  paperboy import ../blog --bucket my-papers --payloads recorded-answers
  paperboy import ../blog --out old --verbatim   the posts as they are, byte for byte

Editions are marked "source": "import". An edition that came from Hugging Face itself is never
replaced by an imported one.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "import",
        help="publish what a blog's crawler stored",
        description="Reads a blog's _data/papers/daily-*.json into editions, so history is kept.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    archive.add_arguments(parser)
    arguments.add_store(parser)
    parser.add_argument(
        "--verbatim", action="store_true", help="mend nothing, escape nothing, keep the order"
    )
    parser.add_argument("--force", action="store_true", help="publish what the guard would refuse")
    arguments.add_common(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    settings = from_environment(arguments.environment(options))
    blog = archive.read(Checkout(Path(options.blog)))
    drafts = Archive(blog.days.values(), archive.recorded_editions(options.payloads).values())
    end = monotonic() + PATIENCE
    ports = replace(bootstrap.ports(settings, lambda: end - monotonic()), blog=None)
    if options.verbatim:
        ports = replace(ports, renderer=cache(partial(_verbatim, blog, settings, ports)))
    request = RunRequest(
        tuple(sorted(blog.days)), datetime.now(UTC), force=options.force, dry_run=options.dry_run
    )
    draft = drafts.verbatim if options.verbatim else drafts.mended
    with terminal.progress(len(blog.days), quiet=options.json) as watch:
        report = publish.run(request, ports, watch, draft)
    _tell(report, blog, options)
    return terminal.finish([*blog.broken.values(), *report.errors()], debug=options.debug)


def _verbatim(blog: BlogArchive, settings: Settings, usual: Ports) -> Renderer:
    """Return how the archive's own posts are rendered: with the front matter that they have."""
    from core.legacy.verbatim import VerbatimPosts, VerbatimRenderer

    parts = {day: frontmatter.split(posts[0].body or b"") for day, posts in blog.posts.items()}
    heads = {day: found[0] for day, found in parts.items() if found}
    templates = bootstrap.root() / "templates"
    verbatim = VerbatimRenderer(templates, settings.style)
    return VerbatimPosts(blog.days.values(), heads, verbatim, usual.renderer())


def _tell(report: RunReport, blog: BlogArchive, options: argparse.Namespace) -> None:
    """Print each day in a line, and how many days ended how."""
    if options.json:
        skipped = {path: str(error) for path, error in blog.broken.items()}
        done = {"ok": not (report.errors() or skipped), "skipped": skipped}
        document = reports.as_json(report) | done
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for edition in report.editions:
        print(terminal.headline(edition, report.dry_run))
    ends = Counter(edition.status for edition in report.editions)
    would = "would be " if report.dry_run else ""
    counted = [
        f"{count} {would if status == Status.PUBLISHED else ''}{status}"
        for status, count in ends.most_common()
    ]
    counted += [f"{len(blog.broken)} skipped"] if blog.broken else []
    print(f"{len(report.editions) + len(blog.broken)} days: {', '.join(counted) or 'none'}")
