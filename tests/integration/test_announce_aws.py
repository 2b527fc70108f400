"""E-mail through SNS and the event through EventBridge: what arrives, and what goes wrong."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import boto3
import pytest
from jsonschema import Draft202012Validator

from adapters import aws_clients
from adapters.announce_email import Email
from adapters.announce_event import Event
from core.model.errors import AnnounceError, AnnounceRejected, AnnounceUnavailable, AnnounceUnsure
from core.model.ports import Channel
from tests.support import announcing, sample
from tests.support.servers import REGION, Answer, Request, S3Server, http_server, s3_server

MESSAGE = announcing.message()
SCHEMA = json.loads((sample.ROOT / "schema" / "edition-published.v1.json").read_bytes())
TOPIC = f"arn:aws:sns:{REGION}:123456789012:readers"
XML = {"Content-Type": "text/xml"}


@pytest.fixture(autouse=True)
def _clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_REGION", REGION)
    aws_clients.forget_clients()
    yield
    aws_clients.forget_clients()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    with s3_server() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with closing(boto3.client("sns", REGION)) as sns:
            sns.create_topic(Name="readers")
        server.requests.clear()
        yield server


def channels() -> list[Channel]:
    return [Email(TOPIC, lambda: 60.0), Event(lambda: 60.0)]


def failures() -> list[AnnounceError]:
    """Return the errors of both channels."""
    found = []
    for channel in channels():
        with pytest.raises(AnnounceError) as caught:
            channel.send(MESSAGE)
        found.append(caught.value)
    return found


def test_subscribers_that_are_no_addresses_get_json(aws: S3Server) -> None:
    with closing(boto3.client("sqs", REGION)) as sqs, closing(boto3.client("sns", REGION)) as sns:
        queue = sqs.create_queue(QueueName="q")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:123456789012:q"
        sns.subscribe(
            TopicArn=TOPIC, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )
        Email(TOPIC, lambda: 60.0).send(MESSAGE)
        (received,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    detail = json.loads(received["Body"])
    Draft202012Validator(SCHEMA).validate(detail)
    assert detail["top"][0]["title"] == MESSAGE.items[0].title
    assert aws.requests


def test_an_edition_and_a_greeting_are_different_events(aws: S3Server) -> None:
    Event(lambda: 60.0).send(MESSAGE)
    Event(lambda: 60.0).send(announcing.writer().greeting())
    (edition,), (greeting,) = (json.loads(one.body)["Entries"] for one in aws.requests)
    assert (edition["Source"], edition["DetailType"]) == ("paperboy", "EditionPublished")
    assert "EventBusName" not in edition
    Draft202012Validator(SCHEMA).validate(json.loads(edition["Detail"]))
    assert (greeting["Source"], greeting["DetailType"]) == ("paperboy", "Test")


def test_what_is_too_large_is_not_sent(aws: S3Server) -> None:
    large = replace(MESSAGE, site="한" * 100_000)
    for channel in channels():
        with pytest.raises(AnnounceRejected, match="is too large for"):
            channel.send(large)
    assert aws.requests == []


def test_an_entry_that_failed_is_a_failure(aws: S3Server) -> None:
    for code, kind in (("InternalFailure", AnnounceUnavailable), ("NotOk", AnnounceRejected)):
        entry = {"ErrorCode": code, "ErrorMessage": "why"}
        said = {"FailedEntryCount": 1, "Entries": [entry]}
        aws.script(Answer(200, json.dumps(said).encode()))
        with pytest.raises(kind, match=f"did not take the event: {code}: why"):
            Event(lambda: 60.0).send(MESSAGE)


def refusal(status: int, code: str) -> list[Answer]:
    """Return how SNS and EventBridge refuse a request."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error>"
    xml = f"<ErrorResponse>{error}<RequestId>R1</RequestId></ErrorResponse>"
    document = {"__type": code, "message": "no"}
    return [Answer(status, xml.encode(), XML), Answer(status, json.dumps(document).encode())]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDeniedException", AnnounceRejected),
        (404, "NotFound", AnnounceRejected),
        (400, "ThrottlingException", AnnounceUnavailable),
        (500, "InternalError", AnnounceUnavailable),
        (503, "ServiceUnavailable", AnnounceUnavailable),
    ],
)
def test_a_refusal_is_told_and_not_repeated(
    aws: S3Server, status: int, code: str, kind: type[AnnounceError]
) -> None:
    aws.script(*refusal(status, code))
    for error in failures():
        assert isinstance(error, kind)
        assert code in str(error)
    assert len(aws.requests) == 2


def test_a_lost_answer_is_unsure_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Answer:
        asked.append(request)
        return Answer(reset=True)

    with http_server(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        assert [type(error) for error in failures()] == [AnnounceUnsure, AnnounceUnsure]
    assert len(asked) == 2


def test_nobody_there_is_temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_server(lambda _: Answer()) as url:
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert [type(error) for error in failures()] == [AnnounceUnavailable, AnnounceUnavailable]
