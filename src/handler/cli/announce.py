"""`paperboy announce`: preview the announcement of an edition, send it, or test a channel."""

import argparse
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from core.archive.ports import Ports
from core.archive.read import read_archive
from core.model import dates
from core.model.announcement import Announced, ChannelName, Message
from core.model.errors import SettingsError
from handler import bootstrap
from handler.cli import arguments, terminal
from handler.configuration import root
from handler.settings import PARAMETERS, PREFIX, AnnounceSettings, Settings, from_environment

if TYPE_CHECKING:
    from core.announce.tell import Teller
    from handler.cli.arguments import Commands

# Seconds that the store may take; the channels have their own time.
PATIENCE = 120.0

DESCRIPTION = """\
Shows what readers are told of an edition. Nothing is sent without --send or --test. Runs tell by
themselves: see [announce] in paperboy.toml.
"""
EXAMPLES = """\
examples:
  paperboy announce                                the newest edition, in the channels of [announce]
  paperboy announce --date 2025-12-24 --channel slack
  paperboy announce --html > preview.html          all channels on a page
  paperboy announce --week --channel email         the week of the newest edition
  paperboy announce --channel slack --test         send a greeting, to see whether the secret works
  paperboy announce --date 2025-12-24 --channel slack --send --bucket my-papers
  PAPERBOY_ANNOUNCE_LANGUAGE=en paperboy announce --channel email

Secrets are read where the function reads them: Slack's from the SSM parameter
/paperboy/announce/slack, Discord's from /paperboy/announce/discord, Telegram's from
/paperboy/announce/telegram-token and telegram-chat. PAPERBOY_ANNOUNCE_SECRETS=file:secrets reads
the files secrets/slack and so on instead. E-mail goes to the SNS topic that PAPERBOY_ANNOUNCE_TOPIC
names: the stack's output ReadersTopic.

--send sends also what was sent before, and an edition that is no news any more. It is recorded in
told/, so that no run sends it again. A greeting is not recorded. docs/announce.md explains how each
channel is turned on.
"""


def add(commands: "Commands") -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "announce",
        help="preview or send what readers are told of an edition",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--date",
        type=arguments.day,
        metavar="D",
        help="the edition's day (default: the newest edition)",
    )
    parser.add_argument(
        "--channel",
        action="append",
        choices=[name.value for name in ChannelName],
        metavar="C",
        default=[],
        help=f"{', '.join(ChannelName)}; may be repeated (default: those of [announce])",
    )
    parser.add_argument(
        "--week", action="store_true", help="the week of this day, instead of its edition"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--send", action="store_true", help="send it, and record that")
    action.add_argument("--test", action="store_true", help="send a greeting to the channels")
    action.add_argument(
        "--html",
        action="store_true",
        help="print a page that shows it (default: in all channels)",
    )
    arguments.add_store(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    if options.test and (options.date or options.week):
        options.parser.error("--test sends a greeting, which has no --date and no --week")
    if options.week and ChannelName.EVENT in options.channel:
        options.parser.error("there is no event for weeks")
    settings, announce = _settings(options)
    end = monotonic() + PATIENCE
    ports = bootstrap.ports(settings, lambda: end - monotonic())
    # Imported here, because other commands need no templates.
    from core.announce.tell import Teller

    announcing = bootstrap.announcing(announce, settings.site_url, lambda: end - monotonic())
    teller = Teller(ports, announcing)
    names = [
        name for name in announce.style.channels if not (options.week and name == ChannelName.EVENT)
    ]
    if options.test:
        greeting = teller.greeting()
        return _finish([teller.send(greeting, name) for name in names], options)
    message = _message(options, teller, ports)
    if options.send:
        return _finish([teller.send_again(message, name) for name in names], options)
    _show(message, names, announce, options)
    return 0


def _settings(options: argparse.Namespace) -> tuple[Settings, AnnounceSettings]:
    """Return the settings, with the channels that the options name."""
    variables = arguments.environment(options)
    secrets = f"{PREFIX}ANNOUNCE_SECRETS"
    variables[secrets] = variables.get(secrets) or PARAMETERS
    if options.channel:
        variables[f"{PREFIX}ANNOUNCE_CHANNELS"] = ",".join(dict.fromkeys(options.channel))
    settings = from_environment(variables)
    if (options.html and not options.channel) or not settings.announce:
        if options.send or options.test:
            raise SettingsError("nobody is told: name a --channel, or set [announce] channels")
        variables[f"{PREFIX}ANNOUNCE_CHANNELS"] = ",".join(ChannelName)
        settings = from_environment(variables)
    if not settings.announce:
        raise SettingsError("there are no channels")
    return settings, settings.announce


def _message(options: argparse.Namespace, teller: "Teller", ports: Ports) -> Message:
    """Return the message of an edition or a week, by default the newest. Raises `SettingsError`."""
    from core.announce.when import A_WEEK, Due

    day, where = options.date, ports.store.location("")
    if day is None:
        spans = read_archive([], [], ports).archive.root.spans()
        if not spans:
            raise SettingsError(f"there are no editions in {where}: `paperboy run` publishes one")
        day = spans[-1].newest
    one = Due(dates.monday_of(day), is_week=True) if options.week else Due(day)
    last = one.day + A_WEEK if options.week else day
    months = sorted({dates.first_of_month(found) for found in (one.day, last)})
    message = teller.message(read_archive(months, [], ports).archive, one)
    if message is None or not message.papers:
        raise SettingsError(f"there is no edition of {one.name} in {where}")
    return message


def _show(
    message: Message,
    names: Sequence[ChannelName],
    settings: AnnounceSettings,
    options: argparse.Namespace,
) -> None:
    from handler.cli import announce_preview as previews

    if options.json:
        payloads = {str(name): previews.payload(name, message) for name in names}
        terminal.print_json(payloads)
        return
    shown = [previews.preview(name, message) for name in names]
    if options.html:
        directory, language = root() / "templates", settings.style.language
        print(previews.as_page(directory, language, message.heading, shown), end="")
        return
    for one in shown:
        if not options.quiet:
            print(f"--- {one.channel} ---\n\n{previews.as_text(one)}")


def _finish(announced: Sequence[Announced], options: argparse.Namespace) -> int:
    """Print how each channel ended; return the exit code."""
    if options.json:
        terminal.print_json(
            [{"channel": str(one.channel), "status": str(one.status)} for one in announced]
        )
    elif not options.quiet:
        for one in announced:
            terminal.print_announced(one)
    failed = [one.error for one in announced if one.error and not one.status.is_over]
    return terminal.finish(failed, debug=options.debug)
