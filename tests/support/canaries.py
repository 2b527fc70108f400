"""Canaries: tokens that are easy to find, the world of a run that holds them, and its faults."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import boto3
import pytest

from tests.support.github import BAD_GATEWAY, GitHub, secondary_limit
from tests.support.servers import Answer, ReplayServer, S3Server

# Put together here, so that no scanner takes them for real ones.
SOURCE_TOKEN = "_".join(("hf", "CanarySource0123456789abcdefghijkl"))
BLOG_TOKEN = "_".join(("github_pat", "11CANARY00", "CanaryBlog0123456789"))
SESSION_TOKEN = "Canary".ljust(40, "7")
CANARIES = (SOURCE_TOKEN, BLOG_TOKEN, SESSION_TOKEN)
# So many characters of a canary are too many.
PART = 16

BUCKET = "papers"
# The settings that say where a token is, and what it is called there.
BLOG, SOURCE = "BLOG_SECRET", "SOURCE_SECRET"
TOKENS = {BLOG: BLOG_TOKEN, SOURCE: SOURCE_TOKEN}
NAMES = {BLOG: "github-token", SOURCE: "huggingface-token"}
# So many bytes an answer may have here.
MOST = 2**18


@dataclass
class World:
    """What a run talks to, and where it may leave something."""

    source: ReplayServer
    aws: S3Server
    hub: GitHub
    place: Path
    patch: pytest.MonkeyPatch

    def keep(self, setting: str, place: str, value: str) -> None:
        """Keep what is to be a token in one of its places, and let the setting refer to it."""
        name = NAMES[setting]
        if place == "file":
            (self.place / name).write_text(value)
            self.set(setting, (self.place / name).as_uri())
        elif place == "parameter":
            with closing(boto3.client("ssm")) as ssm:
                ssm.put_parameter(Name=f"/paperboy/{name}", Value=value, Type="SecureString")
            self.set(setting, f"/paperboy/{name}")
        else:
            with closing(boto3.client("secretsmanager")) as manager:
                arn = manager.create_secret(Name=name, SecretString=value)["ARN"]
            self.set(setting, arn)

    def set(self, name: str, value: str) -> None:
        """Set one of the settings."""
        self.patch.setenv(f"PAPERBOY_{name}", value)

    def use_s3(self) -> None:
        """Publish into S3, where a directory is faster."""
        self.set("STORE", f"s3://{BUCKET}")

    def published(self) -> str:
        """Return all that is stored and committed."""
        with closing(self.aws.client()) as client:
            listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
            stored = [
                client.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in listed
            ]
        stored += [path.read_bytes() for path in self.place.glob("public/**/*.*")]
        return f"{stored!r} {self.hub.log('main')!r} {self.hub.files('main')!r}"


def chain(error: BaseException | None) -> Iterator[str]:
    """Yield what an error holds, and each that led to it, also where Python would not show it."""
    while error:
        yield f"{error!r} {error.args!r} {error}"
        error = error.__cause__ or error.__context__


def as_json(text: str) -> str:
    """Return a text with each character as JSON escapes it."""
    return "".join(f"\\u{ord(character):04x}" for character in text)


def as_url(text: str) -> str:
    """Return a text with each character percent-encoded."""
    return "".join(f"%{ord(character):02X}" for character in text)


def silent(text: str) -> None:
    """Check that there is no canary in a text, nor its beginning or end, also where escaped.

    A message with the whole of it would show it.
    """
    for canary in CANARIES:
        for part in (canary[:PART], canary[-PART:]):
            for spelled in (part, as_json(part), as_url(part)):
                at = text.replace("\\\\", "\\").find(spelled)
                assert at < 0, f"{canary[:10]}… after {text[max(at - 400, 0) : at]!r}"


def headers(answer: Answer, **more: str) -> Answer:
    return replace(answer, headers={**answer.headers, **more})


def graphql(**error: str) -> Answer:
    return Answer(200, json.dumps({"data": None, "errors": [error]}).encode())


SOURCE_FAULTS = {
    "refused": Answer(401, b'{"error": "Invalid credentials"}'),
    "forbidden": Answer(403, b'{"errors": [{"message": "no"}]}'),
    "missing": Answer(404, b"<html>"),
    "moved": headers(Answer(302), Location="https://127.0.0.1/login"),
    "slow down": headers(Answer(429), **{"Retry-After": "900"}),
    "broken": Answer(500, b"oops"),
    "reset": Answer(reset=True),
    "cut": Answer(body=b"[" + b" " * 100, cut=10),
    "garbage": Answer(body=b"<html>"),
    "another shape": Answer(body=b'[{"paper": {"id": 1}}]'),
    "huge": Answer(body=b" " * (MOST + 1)),
    # A proxy or a debugging server that answers with what it was asked.
    "echo in the body": Answer(400, f"Authorization: Bearer {SOURCE_TOKEN}".encode()),
    "echo in an error": Answer(403, json.dumps({"error": SOURCE_TOKEN}).encode()),
    "echo in a header": headers(Answer(400), **{"X-Error-Message": f"bad {SOURCE_TOKEN}"}),
    "echo in a wait": headers(Answer(429), **{"Retry-After": SOURCE_TOKEN}),
    "echo escaped for JSON": Answer(403, f'{{"error": "{as_json(SOURCE_TOKEN)}"}}'.encode()),
    "echo escaped twice": Answer(403, json.dumps({"error": as_json(SOURCE_TOKEN)}).encode()),
    "echo escaped for a URL": Answer(400, f"/?token={as_url(SOURCE_TOKEN)}".encode()),
    "echo at the cut": Answer(400, f"{'x' * 110}{SOURCE_TOKEN}".encode()),
    "echo as a list": Answer(403, json.dumps({"error": [{"token": SOURCE_TOKEN}]}).encode()),
    "echo in a redirection": headers(Answer(302), Location=f"/?token={SOURCE_TOKEN}"),
    "echo as payload": Answer(body=json.dumps([SOURCE_TOKEN]).encode()),
    "echo as garbage": Answer(body=f"<p>{SOURCE_TOKEN}".encode()),
}
# Titles of a paper that show the token once they are cleaned.
TITLES = {
    "plain": json.dumps(f"On {SOURCE_TOKEN}"),
    "escaped for JSON": f'"On {as_json(SOURCE_TOKEN)}"',
    "escaped in part": f'"\\u0068{SOURCE_TOKEN[1:]}"',
    "escaped twice": json.dumps(as_json(SOURCE_TOKEN)),
    "escaped for a URL": json.dumps(as_url(SOURCE_TOKEN)),
    "with controls": json.dumps("\x00".join(SOURCE_TOKEN)),
    "with a tab": json.dumps(f"{SOURCE_TOKEN[:9]}\t{SOURCE_TOKEN[9:]}"),
    "the session": json.dumps(SESSION_TOKEN),
}
BLOG_FAULTS = {
    "refused": Answer(401, b'{"message": "Bad credentials"}'),
    "forbidden": Answer(403, b'{"message": "Resource not accessible by personal access token"}'),
    "missing": Answer(404, b'{"message": "Not Found"}'),
    "moved": headers(Answer(301), Location="https://127.0.0.1/"),
    "slow down": secondary_limit(60),
    "away": BAD_GATEWAY,
    "reset": Answer(reset=True),
    "cut": Answer(body=b"{" + b" " * 100, cut=10),
    "garbage": Answer(body=b"<html>"),
    "not whole": Answer(body=b'{"data": {"repository": null}}'),
    "huge": Answer(body=b" " * (MOST + 1)),
    "scopes": graphql(type="INSUFFICIENT_SCOPES", message="Your token has not been granted it."),
    "trouble": graphql(message="Something went wrong while executing your query."),
    "protected": graphql(type="X", message="Changes must be made through a pull request."),
    "stale": graphql(type="STALE_DATA", message="Expected branch to point to another"),
    "echo in the body": Answer(400, f"Authorization: Bearer {BLOG_TOKEN}".encode()),
    "echo in a message": Answer(403, json.dumps({"message": BLOG_TOKEN}).encode()),
    "echo in an error": graphql(type="X", message=f"bad token {BLOG_TOKEN}"),
    "echo escaped": Answer(403, f'{{"message": "{as_json(BLOG_TOKEN)}"}}'.encode()),
    "echo at the cut": graphql(type="X", message=f"{'x' * 110}{BLOG_TOKEN}"),
    "echo as data": Answer(body=json.dumps({"data": {"repository": {"id": BLOG_TOKEN}}}).encode()),
    "echo in an answer": Answer(body=json.dumps({"data": {"x": None, "y": BLOG_TOKEN}}).encode()),
}
# What a server answers that repeats the header `Authorization`, which it was sent.
OK, NO = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 400 No\r\n"
RAW_FAULTS = {
    "as it is": "{}\r\n\r\n",
    "status line": "HTTP/1.1 {}\r\n\r\n",
    "status": "HTTP/1.1 200{}\r\n\r\n",
    "reason": "HTTP/1.1 400 {}\r\nContent-Length: 0\r\n\r\n",
    "chunk size": OK + "Transfer-Encoding: chunked\r\n\r\n{}\r\n",
    "after a chunk": OK + "Transfer-Encoding: chunked\r\n\r\n1\r\n[{}\r\n",
    "no header": NO + "{}\r\nContent-Length: 0\r\n\r\n",
    "a header": NO + "X: {}\r\nContent-Length: 0\r\n\r\n",
    "a header's name": NO + "{}: X\r\nContent-Length: 0\r\n\r\n",
    "length": OK + "Content-Length: {}\r\n\r\n",
    "two lengths": OK + "Content-Length: 1, {}\r\n\r\n",
    "coding": OK + "Content-Encoding: {}\r\nContent-Length: 1\r\n\r\nx",
    "transfer coding": OK + "Transfer-Encoding: {}\r\nContent-Length: 1\r\n\r\nx",
    "packed": OK + "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n{}",
    "redirection": "HTTP/1.1 302 No\r\nLocation: /{}\r\nContent-Length: 0\r\n\r\n",
    "a bad redirection": "HTTP/1.1 302 No\r\nLocation: //[{}\r\nContent-Length: 0\r\n\r\n",
    "wait": "HTTP/1.1 429 No\r\nRetry-After: {}\r\nContent-Length: 0\r\n\r\n",
    "cookie": NO + "Set-Cookie: a={}; Domain={}\r\nContent-Length: 0\r\n\r\n",
    "body": NO + "Content-Length: 999\r\n\r\n{}",
}
REQUEST = f"GET\n/latest.json\nx-amz-security-token:{SESSION_TOKEN}\n"
STORE_FAULTS = {
    "another signature": Answer(
        403,
        "<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message>"
        f"<CanonicalRequest>{REQUEST}</CanonicalRequest></Error>".encode(),
    ),
    "denied": Answer(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"),
    "no such bucket": Answer(404, b"<Error><Code>NoSuchBucket</Code></Error>"),
    "slow down": Answer(503, b"<Error><Code>SlowDown</Code></Error>"),
    "garbage": Answer(400, b"{"),
    "broken": Answer(500, b""),
}
SECRET_FAULTS = {
    "denied": Answer(400, b'{"__type": "AccessDeniedException", "message": "no"}'),
    "slow down": Answer(400, b'{"__type": "ThrottlingException"}'),
    "broken": Answer(500, b""),
    "reset": Answer(reset=True),
    "cut": Answer(body=f'{{"SecretString": "{BLOG_TOKEN}"}}'.encode(), cut=50),
    "not whole": Answer(body=f'{{"SecretString": "{BLOG_TOKEN}'.encode()),
    "garbage": Answer(body=f"<p>{BLOG_TOKEN}</p>".encode()),
    "binary": Answer(body=f"{BLOG_TOKEN}{SOURCE_TOKEN}".encode() + b"\xff"),
    "refused with a page": Answer(403, f"<p>{SOURCE_TOKEN}</p>".encode()),
    "a list": Answer(body=json.dumps([BLOG_TOKEN, SOURCE_TOKEN]).encode()),
    "another shape": Answer(body=json.dumps({"Secret": BLOG_TOKEN, "Parameter": {}}).encode()),
}
MISTAKES = {
    "SOURCE_SECRET": SOURCE_TOKEN,
    "SOURCE_TOKEN": SOURCE_TOKEN,
    "SOURCE": f"https://ada:{SOURCE_TOKEN}@huggingface.co",
    "STORE": f"https://{BLOG_TOKEN}@bucket",
    "SITE_URL": f"https://{BLOG_TOKEN}@host",
    "BLOG_SECRET": BLOG_TOKEN,
    "BLOG_API": f"https://{BLOG_TOKEN}@api.github.com",
    "BLOG_REPOSITORY": f"https://{BLOG_TOKEN}@github.com/ada/blog",
    "BLOG_BRANCH": f"main {BLOG_TOKEN}",
    "TOP": BLOG_TOKEN,
    "GITHUB_TOKEN": BLOG_TOKEN,
}
TOKENLESS = {
    "empty": "\n",
    "as JSON": json.dumps({"token": BLOG_TOKEN}),
    "twice": f"{BLOG_TOKEN}\n{BLOG_TOKEN}",
    "as a header": f"Bearer {BLOG_TOKEN}",
    "as a variable": f"TOKEN={BLOG_TOKEN}",
}
