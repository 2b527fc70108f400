"""The deployed function tells a mail's subscribers, Slack, and the function of the docs, once."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.model.announcement import ChannelName
from tests.support import reader, rie
from tests.support.channels import service
from tests.support.emulator import Emulator, emulator
from tests.support.papers import answer, entry
from tests.support.servers import replay_huggingface

rie.need_package()


def test_each_channel_hears_of_an_edition_once(tmp_path: Path) -> None:
    # An edition that is older than two days is not news.
    today = str(datetime.now(UTC).date())
    with (
        replay_huggingface({today: answer(entry(1), entry(2))}) as source,
        service(ChannelName.SLACK) as slack,
        emulator(tmp_path / "aws.log") as aws,
    ):
        with closing(aws.client("ssm")) as ssm:
            ssm.put_parameter(Name="/paperboy/announce/slack", Value=slack.url, Type="SecureString")
        variables = {
            "PAPERBOY_SOURCE": source.url,
            "PAPERBOY_ANNOUNCE_CHANNELS": "email,slack,event",
        }
        aws.deploy(variables, Announce="true", ReaderEmail="ada@example.com")
        (tmp_path / "reader").mkdir()
        function = reader.write(tmp_path / "reader")
        aws.deploy_folder(function, "reader", Bucket=aws.outputs["BucketName"])
        with closing(aws.client("sqs")) as sqs:
            queue = subscribed(aws, sqs)
            reports = [run(aws, today) for _ in range(2)]
            received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        printed = aws.printed("/aws/lambda/reader-")

    told = [report["announcements"]["channels"] for report in reports]
    assert [(one["channel"], one["status"]) for one in told[0]] == [
        *(("email", "sent"), ("slack", "sent"), ("event", "sent"))
    ]
    assert told[1] == []
    assert len(slack.taken) == 1
    (mail,) = (json.loads(one["Body"]) for one in received)
    assert mail["Subject"] == f"Paperboy {today}: Paper 2"
    assert json.loads(mail["Message"])["keys"]["edition"] == f"daily/{today}.json"
    assert [line for line in printed if "Paper" in line] == ["1 2 Paper 2", "2 1 Paper 1"]


def subscribed(aws: Emulator, sqs: Any) -> str:
    """Return the address of a queue that gets what subscribers by mail get."""
    queue = sqs.create_queue(QueueName="readers")["QueueUrl"]
    wanted = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    arn = sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
    topic = aws.outputs["ReadersTopic"]
    with closing(aws.client("sns")) as sns:
        (first,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert (first["Protocol"], first["Endpoint"]) == ("email", "ada@example.com")
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return str(queue)


def run(aws: Emulator, day: str) -> dict[str, Any]:
    """Run the function for a day, and return its report."""
    with closing(aws.client("lambda")) as client:
        event = json.dumps({"date": day})
        answered = client.invoke(FunctionName=aws.outputs["FunctionName"], Payload=event)
        return dict(json.loads(answered["Payload"].read()))
