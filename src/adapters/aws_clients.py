"""The clients of boto3: their region, credentials, time-outs and retries.

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

TRIES = 3
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": TRIES},
    max_pool_connections=AT_ONCE,
    user_agent_extra=f"paperboy/{VERSION}",
)

# At its lowest level botocore logs headers and answers, which hold tokens.
logging.getLogger("botocore").setLevel(logging.WARNING)
# botocore logs a traceback for each expired login, which is raised as an error here.
logging.getLogger("botocore.credentials").setLevel(logging.CRITICAL)
# urllib3's warnings show what a server answered.
logging.getLogger("urllib3").setLevel(logging.ERROR)

# Creating clients is not thread-safe; using them is.
_making = Lock()


def client(service: str, region: str = "", *, tries: int = TRIES) -> Any:
    """Return the process's client of a service, in the environment's region or in this one.

    A request is tried so many times. Profiles, logins, endpoints, proxies and the rest of boto3's
    configuration apply. Raises `SettingsError` when there is no region, when there are no
    credentials, or when they have expired.
    """
    with _making:
        try:
            return _client(service, region, tries)
        except ERRORS as error:
            raise SettingsError(f"AWS cannot be used: {describe(error)}") from error


def forget_clients(*, account: bool = False) -> None:
    """Forget all clients; the next call creates new ones from the current environment.

    With `account`, it also reads profile and credentials again.
    """
    _client.cache_clear()
    if account:
        _session.cache_clear()


@cache
def _client(service: str, region: str, tries: int) -> Any:
    session = _session()
    # Of the two variables boto3 itself reads only AWS_DEFAULT_REGION.
    region = region or os.environ.get("AWS_REGION") or session.region_name
    if not region:
        raise SettingsError(
            "no AWS region: set AWS_REGION to the bucket's region, such as us-east-1"
        )
    make: Any = session.client
    retries = Config(retries={"mode": "standard", "total_max_attempts": tries})
    return make(service, region_name=region, config=CONFIG.merge(retries))


@cache
def _session() -> boto3.Session:
    """Return the session with resolved credentials."""
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
