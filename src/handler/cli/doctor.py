"""`paperboy doctor`: check settings and archive, and name a remedy for each problem."""

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from core.archive.doctor import Finding, Health, Level, examine, repair
from core.archive.ports import Ports
from core.archive.withdraw import OTHER_SETTINGS
from core.model.dates import months_until
from core.model.errors import PaperboyError, SettingsError
from handler import bootstrap
from handler.cli import arguments, deployment, terminal
from handler.settings import PREFIX, from_environment

if TYPE_CHECKING:
    from handler.cli.arguments import Commands

# Seconds that the archive may take.
PATIENCE = 3600.0
MARKS = {Level.RIGHT: "✓", Level.WRONG: "✗", Level.NOTED: "–", Level.SKIPPED: "–"}
COLOURS = {Level.RIGHT: 32, Level.WRONG: 31, Level.NOTED: 33, Level.SKIPPED: 2}
WIDTH = 17
COMMAND = re.compile(r"\bpaperboy (site|run|backfill|doctor|withdraw)\b")

EXAMPLES = """\
examples:
  paperboy doctor                                what `paperboy run` wrote into ./public
  paperboy doctor --bucket my-papers --prefix papers --blog
  paperboy doctor --out public --repair

✓ is right. ✗ is wrong, with its remedy below. – was not checked, or is only noted: a weekday
without an edition, or objects that were made with other settings. The exit code is 1 if anything is
wrong; with --strict, also if anything is noted. Only --repair writes. Use the deployment's
paperboy.toml and PAPERBOY_… variables; otherwise its posts and pages count as made with other
settings.
"""


@dataclass(frozen=True, slots=True)
class Examined:
    """All findings of one examination; the archive's health, if it could be read."""

    findings: tuple[Finding, ...]
    ports: Ports | None = None
    health: Health | None = None

    def is_right(self, *, strict: bool) -> bool:
        """Return whether nothing is wrong and, if `strict`, nothing is noted either."""
        bad = {Level.WRONG, Level.NOTED} if strict else {Level.WRONG}
        return not any(finding.level in bad for finding in self.findings)


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "doctor",
        help="check settings and archive, and repair what can be repaired",
        description="Checks settings, source, secrets, schedule, and every object of the archive.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_store(parser)
    parser.add_argument("--blog", action="store_true", help="check the blog's branch, too")
    parser.add_argument(
        "--repair", action="store_true", help="write again what was deleted or edited"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 also for notes")
    arguments.add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    now = datetime.now(UTC)
    before = after = _examined(options, now)
    if not (options.json or options.quiet):
        _print(before, options)
    errors: list[PaperboyError] = []
    repaired = None
    if options.repair and before.ports and before.health:
        try:
            repaired = _repaired(before.health, before.ports, now, options)
            after = _examined(options, now) if repaired else before
        except PaperboyError as error:
            errors.append(error)
    if options.json:
        document = {
            "ok": not errors and after.is_right(strict=options.strict),
            "repaired": repaired,
            "checks": [_as_json(finding, options) for finding in after.findings],
            "before": [_as_json(one, options) for one in before.findings] if repaired else None,
        }
        terminal.print_json(document)
    elif repaired is not None and not options.quiet:
        print(f"\nrepaired {repaired:,} objects" if repaired else "\nnothing to repair")
        if repaired:
            _print(after, options)
    return terminal.finish(errors, debug=options.debug) or int(
        not after.is_right(strict=options.strict)
    )


def _repaired(health: Health, ports: Ports, now: datetime, options: argparse.Namespace) -> int:
    """Repair what can be; return how many objects it took. Raises our own exceptions."""
    if not any(finding.level == Level.WRONG for finding in health.findings):
        return 0
    if health.is_foreign:
        raise SettingsError(f"nothing was repaired, because {OTHER_SETTINGS}")
    with terminal.bar(len(months_until(now.date())), quiet=options.quiet) as advance:
        rebuilt = repair(health, ports, advance)
    if rebuilt.errors:
        raise rebuilt.errors[0]
    return rebuilt.count()


def _examined(options: argparse.Namespace, now: datetime) -> Examined:
    try:
        settings = from_environment(arguments.environment(options))
        end = monotonic() + PATIENCE
        ports = bootstrap.ports(settings, lambda: end - monotonic())
    except SettingsError as error:
        remedy = "correct these; docs/configure.md lists all keys and variables"
        return Examined((Finding("settings", Level.WRONG, str(error), remedy),))
    readers = f"for readers at {settings.site_url}" if settings.site_url else "without a site"
    place = f"{settings.store}, {readers}"
    findings = [Finding("settings", Level.RIGHT, place)]
    findings += deployment.surroundings(settings, now, look_at_blog=options.blog)
    store = deployment.store(ports)
    health = None
    if store.level == Level.RIGHT:
        try:
            health = _health(ports, now, options)
        except PaperboyError as error:
            store = Finding("store", Level.WRONG, str(error), deployment.LATER)
    findings += [store, *(health.findings if health else ())]
    return Examined(tuple(findings), ports, health)


def _health(ports: Ports, now: datetime, options: argparse.Namespace) -> Health:
    with terminal.bar(len(months_until(now.date())), quiet=options.quiet) as advance:
        return examine(now.date(), ports, advance)


def _print(examined: Examined, options: argparse.Namespace) -> None:
    """Print the table: a line a finding, and its remedy below."""
    for finding in examined.findings:
        print(f"{_mark(finding.level)} {finding.check:{WIDTH}} {_found(finding)}")
        if finding.remedy:
            print(f"  {'':{WIDTH}} → {_remedy(finding, options)}")


def _mark(level: Level) -> str:
    if sys.stdout and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\x1b[{COLOURS[level]}m{MARKS[level]}\x1b[0m"
    return MARKS[level]


def _found(finding: Finding) -> str:
    if finding.level == Level.SKIPPED:
        return f"not checked: {finding.found}"
    if not finding.keys:
        return finding.found
    more = " …" if finding.count > len(finding.keys) else ""
    return f"{finding.count:,} {finding.found}: {', '.join(finding.keys)}{more}"


def _remedy(finding: Finding, options: argparse.Namespace) -> str:
    """Return the remedy, its commands with the store that is examined here."""
    own = _place(options)
    site = ["--from-store", _from_store(options)] if own else []

    def command(found: re.Match[str]) -> str:
        return shlex.join(["paperboy", found[1], *(site if found[1] == "site" else own)])

    return COMMAND.sub(command, finding.remedy)


def _place(options: argparse.Namespace) -> Sequence[str]:
    place = ["--bucket", options.bucket] if options.bucket else []
    place += ["--out", options.out] if options.out else []
    return [*place, "--prefix", options.prefix] if options.prefix else place


def _from_store(options: argparse.Namespace) -> str:
    if options.out:
        return str(Path(options.out, options.prefix.strip("/")))
    store = arguments.environment(options)[f"{PREFIX}STORE"]
    return store if "://" in store else store.removeprefix("file:")


def _as_json(finding: Finding, options: argparse.Namespace) -> dict[str, object]:
    return {
        "check": str(finding.check),
        "status": str(finding.level),
        "found": _found(finding),
        "count": finding.count,
        "keys": finding.keys,
        "remedy": _remedy(finding, options) or None,
    }
