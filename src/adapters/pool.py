"""The process's connections: one pool for all that is asked, with one TLS context."""

from __future__ import annotations

import os
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from urllib3 import PoolManager, ProxyManager
from urllib3.util import make_headers, parse_url

from core.model.errors import SettingsError

if TYPE_CHECKING:
    from ssl import SSLContext

# As many as a run asks at once, and some for the threads of a backfill.
CONNECTIONS = 16
# Where people keep the certificates that they trust besides, such as a company's own.
BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


@cache
def pool(scheme: str) -> PoolManager:
    """Return the process's pool for addresses of a scheme, through a proxy if there is one.

    Raises `SettingsError` when the certificates that the environment names cannot be read.
    All share one TLS context: to make one takes 24 ms of a cold start, for its 140 certificates.
    """
    secure = scheme == "https"
    how: dict[str, Any] = {"maxsize": CONNECTIONS, "ssl_context": _tls() if secure else None}
    proxy = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme}_proxy".upper())
    return _Proxied(proxy, **how) if proxy else PoolManager(**how)


class _Proxied(ProxyManager):
    """A pool that asks through a proxy, but for the hosts that `no_proxy` names."""

    def __init__(self, proxy: str, **how: Any) -> None:
        address = parse_url(proxy if "://" in proxy else f"http://{proxy}")
        # A name and password in it are for the proxy; urllib3 leaves them out.
        name, _, password = (address.auth or "").partition(":")
        who = (
            make_headers(proxy_basic_auth=f"{unquote(name)}:{unquote(password)}") if name else None
        )
        super().__init__(address._replace(auth=None).url, proxy_headers=who, **how)
        self._straight = PoolManager(**how)

    def urlopen(self, method: str, url: str, **content: Any) -> Any:  # type: ignore[override]
        """Ask through the proxy or straight."""
        # Imported here: it costs 8 ms, and Lambda has no proxy.
        from urllib.request import proxy_bypass

        if proxy_bypass(urlsplit(url).hostname or ""):
            return self._straight.urlopen(method, url, **content)
        return super().urlopen(method, url, **content)


def _tls() -> SSLContext:
    from urllib3.util.ssl_ import create_urllib3_context

    context, place = create_urllib3_context(), certificates()
    try:
        context.load_verify_locations(**{"capath" if Path(place).is_dir() else "cafile": place})
    except OSError as error:
        names = " or ".join(BUNDLES)
        raise SettingsError(f"{names} must name certificates: {error} ({place})") from error
    return context


def certificates() -> str:
    """Return the file, or directory, of those whom we trust."""
    for name in BUNDLES:
        if path := os.environ.get(name):
            return path
    # `certifi.where()` says the same, and takes 12 ms of a cold start.
    found = PathFinder.find_spec("certifi")
    return str(Path(found.origin).with_name("cacert.pem")) if found and found.origin else ""
