"""AWS as Paperboy asks it: where a service is, and who asks.

Requests are our own, and not boto3's, which takes 115 ms of a cold start to make one client, and
1.6 ms for each request where this takes 0.55. What is asked is so little: an object, a put, a
secret.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from adapters.sigv4 import Credentials, Scope, sign
from core.model.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
ENDPOINT = re.compile(r"https?://[^/\s?#@]+(/[^\s?#]*)?")
# Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
SUFFIXES = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}
SUFFIX = "amazonaws.com"
# Where Lambda keeps the credentials of a function that is restored from a snapshot (SnapStart), as
# its environment is in the snapshot, and older.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-credentials
LAMBDAS_OWN = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
LAMBDA_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Service:
    """A service in a region; `url` is its address, without a slash at its end.

    `is_aws` tells that the address is AWS' own, and not one that the environment names.
    """

    scope: Scope
    url: str
    is_aws: bool
    credentials: Callable[[], Credentials]

    def signed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """Return the headers to send with a request to this service: those given, and who asks."""
        return sign(
            method,
            url,
            headers,
            body,
            scope=self.scope,
            credentials=self.credentials(),
            now=datetime.now(UTC),
        )


def service(name: str, region: str = "") -> Service:
    """Return the service with this name in host names, in the environment's region or this one.

    As for AWS' own tools, `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` is another address; the name
    of Secrets Manager's is `AWS_ENDPOINT_URL_SECRETS_MANAGER`. Nothing else changes it: no profile,
    and no wish for FIPS or IPv6. Raises `SettingsError`.
    """
    region = region or default_region()
    variable = "SECRETS_MANAGER" if name == "secretsmanager" else name.upper()
    named = os.environ.get(f"AWS_ENDPOINT_URL_{variable}") or os.environ.get("AWS_ENDPOINT_URL", "")
    if named and not ENDPOINT.fullmatch(named):
        raise SettingsError(f"AWS_ENDPOINT_URL_{variable} must be http://host or https://host")
    suffix = SUFFIXES.get(region.partition("-")[0], SUFFIX)
    url = named.rstrip("/") or f"https://{name}.{region}.{suffix}"
    return Service(Scope(region, name), url, not named, _credentials())


def default_region() -> str:
    """Return the region that the environment, or a profile, names. Raises `SettingsError`."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    region = region or session().get_config_variable("region")
    if not region or not REGION.fullmatch(region):
        raise SettingsError("AWS_REGION must be the region of what is asked, such as us-east-1")
    return region


def _credentials() -> Callable[[], Credentials]:
    """Return who gives the credentials: the environment, Lambda itself, or botocore's chain."""
    given = os.environ
    if given.get("AWS_ACCESS_KEY_ID") and given.get("AWS_SECRET_ACCESS_KEY"):
        ours = Credentials(
            given["AWS_ACCESS_KEY_ID"],
            given["AWS_SECRET_ACCESS_KEY"],
            given.get("AWS_SESSION_TOKEN", ""),
        )
        return lambda: ours
    # Elsewhere, too, there are places like Lambda's, which botocore knows best.
    if given.get("AWS_LAMBDA_FUNCTION_NAME") and given.get(LAMBDAS_OWN):
        kept = _kept(given[LAMBDAS_OWN], given.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", ""))
        return lambda: kept
    _chained()  # here, so that nothing is begun without
    return _chained


def _kept(place: str, token: str) -> Credentials:
    """Return what Lambda keeps there, for the time of one invocation. Raises `SettingsError`."""
    # Imported here: the environment has them without SnapStart.
    from urllib3 import PoolManager
    from urllib3.exceptions import HTTPError

    headers = {"Authorization": token} if token else {}
    try:
        # Through no proxy, as it is in the same machine.
        answer = PoolManager().request("GET", place, headers=headers, timeout=LAMBDA_SECONDS)
    except HTTPError as error:
        raise SettingsError(f"no AWS credentials: Lambda does not give them: {error}") from error
    try:
        # Nothing of it is told: it may hold a key.
        if answer.status != HTTPStatus.OK:
            raise SettingsError(f"no AWS credentials: Lambda answers {answer.status}")
        found = json.loads(answer.data)
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found.get("Token") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError("no AWS credentials: Lambda's answer is none") from None


@cache
def session() -> Any:
    """Return botocore's session, which reads profiles and logins: needed at a desk only."""
    import botocore.session

    return botocore.session.Session()


def _chained() -> Credentials:
    """Return what botocore finds, and renews when it expires. Raises `SettingsError`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        credentials = session().get_credentials()
        # Only now a login is read, or a role assumed.
        found = credentials and credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError) as error:
        raise SettingsError(f"no AWS credentials: {error}") from error
    if not found:
        raise SettingsError(
            "no AWS credentials: log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY"
        )
    return Credentials(found.access_key, found.secret_key, found.token or "")
