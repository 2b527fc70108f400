"""A loopback server that answers any bytes, also such that are no HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import parse_headers
from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.support.servers import LOOPBACK, POLL


@contextmanager
def raw_server(reply: Callable[[str], bytes]) -> Iterator[str]:
    """Run a server that answers each request with `reply(authorization)`, and give its URL.

    `authorization` is the request's header of that name. Each answer ends its connection.
    """

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            headers = parse_headers(self.rfile)
            self.rfile.read(int(headers.get("Content-Length", 0)))
            self.wfile.write(reply(headers.get("Authorization", "")))

    with ThreadingTCPServer((LOOPBACK, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL})
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
