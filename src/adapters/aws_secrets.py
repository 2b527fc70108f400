"""AWS' two places for a secret: Secrets Manager, and SSM's Parameter Store.

Sources: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
and https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from adapters import aws
from adapters.secrets import Owner
from adapters.web import USER_AGENT, Answer, TooLarge, Unreachable, Web
from core.model.errors import PaperboyError, SettingsError
from core.model.ports import Remaining
from core.model.text import excerpt

TRIES = 3
# Shorter than S3's: this stands before the work with blog or source.
READ_SECONDS = 5.0
BUSY = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "RequestTimeout", "LimitExceeded")
MISSING = ("ResourceNotFoundException", "ParameterNotFound")
NO_KEY = ("decryptionfailure", "invalidkeyid", "kms")
CODE = re.compile(r"(?:[\w.]+#)?([A-Za-z]\w*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token is kept, and how that is asked for: `target` names the operation.

    `action` is what the function's policy must allow.
    """

    owner: Owner
    name: str
    service: aws.Service
    target: str
    action: str


def secret(owner: Owner, arn: str, remaining: Remaining) -> str | bytes:
    """Return the current value of the secret with this full ARN: text, or bytes if it is binary.

    It is asked for in the ARN's own region. Raises `SettingsError`, or the owner's `unavailable`.
    """
    service = _service(owner, arn, "secretsmanager", arn.split(":")[3])
    target, action = "secretsmanager.GetSecretValue", "secretsmanager:GetSecretValue"
    place = Place(owner, arn, service, target, action)
    answer = _asked(place, {"SecretId": arn}, remaining)
    if isinstance(answer.get("SecretBinary"), str):
        return _unpacked(place, answer["SecretBinary"])
    return _text(place, answer.get("SecretString"))


def parameter(owner: Owner, name: str, remaining: Remaining) -> str:
    """Return the value of the SSM parameter of this name, decrypted. Raises likewise."""
    service = _service(owner, name, "ssm")
    place = Place(owner, name, service, "AmazonSSM.GetParameter", "ssm:GetParameter")
    found = _asked(place, {"Name": name, "WithDecryption": True}, remaining).get("Parameter")
    return _text(place, found.get("Value") if isinstance(found, dict) else None)


def _service(owner: Owner, place: str, name: str, region: str = "") -> aws.Service:
    try:
        return aws.service(name, region)
    except SettingsError as error:
        raise SettingsError(f"{owner.secret} cannot be asked for: {error} ({place})") from error


def _asked(place: Place, document: Mapping[str, object], remaining: Remaining) -> dict[str, Any]:
    """Return the object that AWS answers."""
    web = Web(
        remaining,
        headers={"user-agent": USER_AGENT},
        tries_again=TRIES - 1,
        methods=("POST",),
        read_seconds=READ_SECONDS,
    )
    url, body = f"{place.service.url}/", json.dumps(document).encode()
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": place.target}
    try:
        answer = web.send("POST", url, place.service.signed("POST", url, headers, body), body)
    except (Unreachable, TooLarge) as error:
        problem = f"{place.owner.secret} cannot be asked for: {error} ({place.name})"
        raise place.owner.unavailable(problem) from error
    found = _object(answer)
    if answer.status != HTTPStatus.OK:
        raise _refusal(place, answer.status, found)
    return found


def _object(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer; whatever else it is, is none.

    A decoder's error would quote the answer, and so the token.
    """
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(place: Place, value: object) -> str:
    if not isinstance(value, str):
        raise _garbage(place)
    return value


def _unpacked(place: Place, value: str) -> bytes:
    try:
        return b64decode(value, validate=True)
    except ValueError:
        pass
    raise _garbage(place)


def _garbage(place: Place) -> PaperboyError:
    return place.owner.unavailable(f"AWS' answer does not hold {place.owner.secret} ({place.name})")


def _refusal(place: Place, status: int, found: Mapping[str, Any]) -> PaperboyError:
    code = CODE.fullmatch(str(found.get("__type", "")))
    if not code:
        # One without a code is not from the service, and may say anything.
        return _garbage(place)
    message = str(found.get("message") or found.get("Message") or "")
    problem = f"{code[1]}: {excerpt(message)} ({place.name})"
    problem = f"{place.owner.secret} cannot be read: {problem}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or any(word in code[1] for word in BUSY):
        return place.owner.unavailable(problem)
    return SettingsError(problem + _advice(code[1], message, place.action))


def _advice(code: str, message: str, action: str) -> str:
    """Tell what a person can do about a refusal; one by KMS comes under several codes."""
    if code in MISSING:
        return "; make it, or mend its name, account and region"
    if any(word in f"{code} {message}".casefold() for word in NO_KEY):
        return "; the policy of its KMS key, or the role's own, must allow kms:Decrypt with it"
    if code.startswith("AccessDenied"):
        return f"; the function's policy must allow {action} on it"
    return ""
