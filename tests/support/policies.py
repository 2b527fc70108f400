"""Who may do what in a stack: the policies of the template as SAM transforms it, and their use.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from tests.support import template
from tests.support.recorded import REPOSITORY

ACCOUNT, REGION, STACK = "123456789012", "eu-central-1", "paperboy"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/0a1b2c3d"
# What `sam build` takes from the disk, where the translator takes what `sam deploy` uploaded.
UPLOADED = (("PaperboyFunction", "CodeUri"), ("Backfill", "DefinitionUri"))
# How the ARN of a resource is made of its name, where something of ours tells of it.
ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{name}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    # Of all, only this one ends like a pattern.
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{name}}:*",
}
ARN_IS_ITS_REFERENCE = ("AWS::SNS::Topic",)
RESOURCE_POLICIES = ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")

# Where an operation's permission has another name, or it needs more than one.
# Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "HeadObject": ("s3:GetObject",),
    "HeadBucket": ("s3:ListBucket",),
    "ListObjectsV2": ("s3:ListBucket",),
    "PutObject with IfMatch": ("s3:PutObject", "s3:GetObject"),
}
RESOURCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "s3": lambda sent: "/".join(["arn:aws:s3:::" + sent["Bucket"], *listed(sent.get("Key", []))]),
    "events": lambda _: f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
    "secretsmanager": lambda sent: str(sent["SecretId"]),
    "sns": lambda sent: str(sent["TopicArn"]),
    "ssm": lambda sent: f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{sent['Name']}",
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """One use of one permission: an action such as `s3:GetObject`, and on which resource.

    `prefix` is what a listing of a bucket asks for, `via` the service that uses a key.
    """

    action: str
    resource: str
    prefix: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One action on one pattern of resources that a policy allows.

    `prefix` is the pattern of what may be listed of a bucket, `via` that of the service that may
    use a key.
    """

    action: str
    resource: str
    prefix: str = "*"
    via: str = "*"

    def allows(self, call: Call) -> bool:
        """Tell whether it is what a call needs."""
        pairs = (
            (call.action, self.action),
            (call.resource, self.resource),
            (call.prefix, self.prefix),
            (call.via, self.via),
        )
        return all(fnmatchcase(value, pattern) for value, pattern in pairs)


class Deployed:
    """A stack with these parameters, as CloudFormation sees it: transformed, without functions."""

    def __init__(self, **parameters: str) -> None:
        source = _transformed()
        self._stack = template.Stack(source, {**_names(source), **parameters})
        self.resources: dict[str, Json] = self._stack.made("Resources")

    def of_type(self, *kinds: str) -> Iterator[tuple[str, Json]]:
        """Yield the names and properties of the resources of these types."""
        for name, resource in self.resources.items():
            if resource["Type"] in kinds:
                yield name, resource["Properties"]

    def roles(self) -> dict[str, list[Grant]]:
        """Return what each role allows, by the role's ARN."""
        found = self.of_type("AWS::IAM::Role")
        return {ARNS["AWS::IAM::Role"].format(name=name): _allowed(role) for name, role in found}

    def resource_policies(self) -> list[tuple[str, Json]]:
        """Return each statement of the policies of buckets, queues and topics, with their names."""
        return [
            (name, statement)
            for name, policy in self.of_type(*RESOURCE_POLICIES)
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def definition(self, properties: Json) -> Json:
        """Return a state machine's definition, filled in."""
        path = template.load()["Resources"]["Backfill"]["Properties"]["DefinitionUri"]
        text = (REPOSITORY / path).read_text("utf-8")
        for name, value in properties["DefinitionSubstitutions"].items():
            text = text.replace(f"${{{name}}}", str(value))
        filled: Json = json.loads(text)
        return filled


def needs(service: str, operation: str, sent: Mapping[str, Any]) -> set[Call]:
    """Return what an operation has to be allowed."""
    named = f"{operation} with IfMatch" if "IfMatch" in sent else operation
    resource = RESOURCES[service](sent)
    actions = ACTIONS.get(named, (f"{service}:{operation}",))
    return {Call(action, resource, sent.get("Prefix", "")) for action in actions}


def missing(grants: Sequence[Grant], calls: set[Call]) -> list[Call]:
    """Return the calls that nothing allows."""
    return sorted(call for call in calls if not any(grant.allows(call) for grant in grants))


def unused(grants: Sequence[Grant], calls: set[Call]) -> list[Grant]:
    """Return what is allowed, and no call needs; of several that allow the same, each is used."""
    return sorted(grant for grant in grants if not any(grant.allows(call) for call in calls))


def services_calls(stack: Deployed) -> dict[str, set[Call]]:
    """Return what AWS does in the name of each role, as the stack's resources tell it to."""
    made: dict[str, set[Call]] = {}
    functions = dict(stack.of_type("AWS::Lambda::Function"))
    for function in functions.values():
        made.setdefault(function["Role"], set()).update(_of_function(function))
    for _, invocation in stack.of_type("AWS::Lambda::EventInvokeConfig"):
        destination = invocation["DestinationConfig"]["OnFailure"]["Destination"]
        made[functions[invocation["FunctionName"]]["Role"]].add(_sent(destination))
    for _, schedule in stack.of_type("AWS::Scheduler::Schedule"):
        target = schedule["Target"]
        calls = {Call("lambda:InvokeFunction", target["Arn"]), _sent(target["DeadLetterConfig"])}
        made.setdefault(target["RoleArn"], set()).update(calls)
    for _, machine in stack.of_type("AWS::StepFunctions::StateMachine"):
        calls = set(_of_machine(machine["StateMachineName"], stack.definition(machine)))
        made.setdefault(machine["RoleArn"], set()).update(calls)
    return made


def _of_function(function: Json) -> Iterator[Call]:
    group = ARNS["AWS::Logs::LogGroup"].format(name=function["LoggingConfig"]["LogGroup"])
    stream = group.replace("*", "log-stream:2025/12/24/[$LATEST]0")
    yield from (Call(f"logs:{action}", stream) for action in ("CreateLogStream", "PutLogEvents"))


def _of_machine(name: str, definition: Json) -> Iterator[Call]:
    """Yield what a state machine's tasks and distributed maps need.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    states = f"arn:aws:states:{REGION}:{ACCOUNT}"
    for state in _states(definition):
        if state["Type"] == "Task":
            assert state["Resource"] == "arn:aws:states:::lambda:invoke", "what does it need?"
            arguments = state.get("Parameters") or state["Arguments"]
            yield Call("lambda:InvokeFunction", arguments["FunctionName"])
        if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
            yield Call("states:StartExecution", f"{states}:stateMachine:{name}")
            # Executions of the machine itself, as that guide has it, and those of the map's items.
            days = f"{states}:execution:{name}/{state['Label']}:one"
            for execution in (f"{states}:execution:{name}:one", days):
                for action in ("DescribeExecution", "StopExecution"):
                    yield Call(f"states:{action}", execution)
            # https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
            yield Call("states:RedriveExecution", days)


def _states(definition: Json) -> Iterator[Json]:
    for state in definition["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _sent(destination: Json | str) -> Call:
    """Return what is done when something is sent to a queue or topic."""
    arn = destination if isinstance(destination, str) else str(destination["Arn"])
    action = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}[arn.split(":")[2]]
    return Call(action, arn)


def _allowed(role: Json) -> list[Grant]:
    """Return what a role allows; what a policy of AWS' own does, AWS may change: that is all."""
    policies = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    theirs = [Grant("*", "*") for _ in role.get("ManagedPolicyArns", [])]
    return theirs + [grant for document in policies for grant in _grants(document)]


def _grants(document: Json) -> Iterator[Grant]:
    for statement in listed(document["Statement"]):
        # Others, such as one that denies or has a NotAction, would be held against nothing.
        assert statement["Effect"] == "Allow", f"a role's policy with {statement}"
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield from _conditional(action, resource, statement.get("Condition"))


def _conditional(action: str, resource: str, condition: Json | None) -> Iterator[Grant]:
    """Yield what a statement allows under its condition: one of the two that our policies have."""
    if not condition:
        yield Grant(action, resource)
        return
    ((operator, values),) = condition.items()
    ((key, patterns),) = values.items()
    if (operator, key) == ("StringEquals", "kms:ViaService"):
        for service in listed(patterns):
            yield Grant(action, resource, via=service)
        return
    assert (operator, key) == ("StringLike", "s3:prefix")
    yield Grant(action, resource, prefix=patterns)


def listed(value: Any) -> list[Any]:
    """Return what may stand in a policy alone or as a list, as a list."""
    return value if isinstance(value, list) else [value]


@cache
def _transformed() -> Json:
    """Return the template as SAM transforms it."""
    source = template.load()
    for resource, property_name in UPLOADED:
        source["Resources"][resource]["Properties"][property_name] = "s3://code/uploaded"
    # By name: it brings no types.
    translator = importlib.import_module("samtranslator.translator.translator").Translator
    parser = importlib.import_module("samtranslator.parser.parser").Parser
    made: Json = translator({}, parser()).translate(source, {})
    return made


def _names(source: Json) -> dict[str, str]:
    """Return what references to a template's resources, and to the stack itself, give."""
    known = {
        "AWS::Partition": "aws",
        "AWS::AccountId": ACCOUNT,
        "AWS::Region": REGION,
        "AWS::StackName": STACK,
        "AWS::StackId": STACK_ID,
        "AWS::URLSuffix": "amazonaws.com",
    }
    for name, resource in source["Resources"].items():
        kind = resource["Type"]
        arn = ARNS.get(kind, "").format(name=name)
        known[name] = arn if kind in ARN_IS_ITS_REFERENCE else name
        known[f"{name}.Arn"] = arn
    return known
