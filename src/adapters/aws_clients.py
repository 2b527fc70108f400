"""Clients of boto3: which region, whose credentials, how long they wait and how often they try.

Sources: https://docs.aws.amazon.com/boto3/latest/guide/configuration.html
and https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

import logging
import os
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from adapters.aws_errors import ERRORS, describe
from adapters.threads import AT_ONCE
from core import VERSION
from core.model.errors import SettingsError
from core.model.redaction import remember

CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=AT_ONCE,
    user_agent_extra=f"paperboy/{VERSION}",
)

# At its lowest level it logs headers and answers, which hold tokens.
logging.getLogger("botocore").setLevel(logging.WARNING)
# It logs a traceback for each expired login, which we raise as an error.
logging.getLogger("botocore.credentials").setLevel(logging.CRITICAL)
# Its warnings show what a server answered.
logging.getLogger("urllib3").setLevel(logging.ERROR)

# To make a client in two threads at once is not safe, to use it is.
_making = Lock()


def client(service: str, region: str = "") -> Any:
    """Return the process's client of a service, in the environment's region or in this one.

    Profiles, logins, endpoints, proxies and the rest of boto3's configuration are obeyed. Raises
    `SettingsError` when there is no region, when there are no credentials, or when they are over.
    """
    with _making:
        try:
            return _client(service, region)
        except ERRORS as error:
            raise SettingsError(f"AWS cannot be asked: {describe(error)}") from error


def forget_clients(*, account: bool = False) -> None:
    """Make new clients when they are needed next, from the environment of that time.

    With `account`, read profile and credentials again, too.
    """
    _client.cache_clear()
    if account:
        _session.cache_clear()


@cache
def _client(service: str, region: str) -> Any:
    session = _session()
    # Of the two variables boto3 itself reads only AWS_DEFAULT_REGION.
    region = region or os.environ.get("AWS_REGION") or session.region_name
    if not region:
        raise SettingsError("AWS_REGION must be the region of what is asked, such as us-east-1")
    make: Any = session.client
    return make(service, region_name=region, config=CONFIG)


@cache
def _session() -> boto3.Session:
    """Return the session, whose credentials are there: a login is read, or a role assumed."""
    session = boto3.Session()
    credentials = session.get_credentials()
    if not credentials:
        raise SettingsError(
            "no AWS credentials: log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY"
        )
    frozen = credentials.get_frozen_credentials()
    for secret in (frozen.secret_key, frozen.token):
        remember(secret or "")
    return session
