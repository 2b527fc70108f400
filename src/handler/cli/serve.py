"""`paperboy serve`: show a local archive in the browser."""

import argparse
import os
import signal
import sys
import webbrowser
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

from adapters.directory import DirectoryStore
from core.model import keys
from core.model.errors import SettingsError, StoreError
from handler.cli import arguments

if TYPE_CHECKING:
    from handler.cli.site_server import SiteServer

PORT = 8000
PORTS = range(65536)

EXAMPLES = """\
examples:
  paperboy serve                     what `paperboy run` wrote into ./public
  paperboy serve old --port 8001
  paperboy serve --port 0            on any free port

Only this computer can reach the server. It sends the same Content-Security-Policy as the deployed
site and, like it, does not serve state/.
"""


def add(commands: arguments.Commands) -> None:
    """Add the command to the others."""
    parser = commands.add_parser(
        "serve",
        help="show a local archive in the browser",
        description="Serves a directory that `paperboy run` published into, at 127.0.0.1.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "directory",
        nargs="?",
        type=arguments.path,
        default="public",
        metavar="DIR",
        help="the archive (default: public)",
    )
    parser.add_argument(
        "--port", type=_port, default=PORT, help=f"the port; 0 for any free one (default: {PORT})"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="do not open the site in the browser"
    )
    parser.add_argument("--debug", action="store_true", help="print each request")
    parser.set_defaults(run=run, parser=parser)


def run(options: argparse.Namespace) -> int:
    """Run the command until it is interrupted; return the exit code."""
    root = Path(options.directory)
    if DirectoryStore(root).get(keys.HOME) is None:
        hint = "`make run` or `paperboy run --out DIR` publishes one"
        raise StoreError(f"holds no site, {keys.HOME} is missing: {hint}", options.directory)
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _interrupt)
    try:
        with _server(root, options) as server:
            print(f"Serving {options.directory} at {server.url} — press Ctrl-C to stop", flush=True)
            if not options.no_browser and _has_browser():
                # In a thread, as some browsers do not return before their window is closed.
                Thread(target=webbrowser.open, args=(server.url,), daemon=True).start()
            server.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


def _has_browser() -> bool:
    """Return whether a browser can open a window; one in the terminal would cover the output."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def _server(root: Path, options: argparse.Namespace) -> "SiteServer":
    # Imported here, because no other command needs a web server.
    from handler.cli.site_server import SiteServer

    try:
        return SiteServer(root, options.port, debug=options.debug)
    except OSError as error:
        hint = "choose another one with --port, or 0 for any free port"
        raise SettingsError(f"port {options.port}: {error.strerror}: {hint}") from error


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) in PORTS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, from 0 to {PORTS[-1]}")
    return int(text)
