"""AWS' Signature Version 4, by which a request tells whose it is.

Our own, though botocore has one: that is 33 ms of a cold start, and 0.13 ms at each request. A test
holds ours against botocore's.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks; `token` is that of a role's session, and empty for a user."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for: a service in a region."""

    region: str
    service: str


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scope: Scope,
    credentials: Credentials,
    now: datetime,
) -> dict[str, str]:
    """Return the headers to send, all of them signed, with the signature.

    `url` has its path encoded as it is sent, and no query; `now` is in UTC.
    """
    place = urlsplit(url)
    at, digest = f"{now:%Y%m%dT%H%M%SZ}", sha256(body).hexdigest()
    signed = {name.lower(): value for name, value in headers.items()}
    signed |= {"host": place.netloc, "x-amz-date": at, "x-amz-content-sha256": digest}
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    names = sorted(signed)
    lines = [f"{name}:{signed[name]}" for name in names]
    request = "\n".join([method, place.path or "/", "", *lines, "", ";".join(names), digest])
    within = f"{at[:8]}/{scope.region}/{scope.service}/aws4_request"
    text = "\n".join([ALGORITHM, at, within, sha256(request.encode()).hexdigest()])
    signature = _hmac(_key(credentials.secret_key, within), text).hex()
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{within}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return signed


@lru_cache(maxsize=8)
def _key(secret_key: str, within: str) -> bytes:
    """Return the key of a day, a region and a service."""
    return reduce(_hmac, within.split("/"), f"AWS4{secret_key}".encode())


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
