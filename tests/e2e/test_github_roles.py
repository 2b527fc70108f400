"""The roles of infra/github-deploy.yaml against what SAM and CloudFormation do with them.

The emulator does not check permissions. So SAM's calls are recorded, and what CloudFormation needs
for a resource is taken from the resource's public schema, which cfn-lint brings.
"""

import json
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.support import policies, rie, template
from tests.support.emulator import SAM, STACK, emulator, startable
from tests.support.recorded import REPOSITORY
from tests.support.servers import REGION

rie.need_package()

SERVICE_ROLE = f"arn:aws:iam::{policies.ACCOUNT}:role/paperboy-github-ServiceRole"
BOUNDARY = f"arn:aws:iam::{policies.ACCOUNT}:policy/paperboy-github-Boundary"
CALLS = Path(__file__).with_name("sam_calls.py")
SCHEMAS = "lib/python3*/site-packages/cfnlint/data/schemas/resources/*.json"
# What handlers ask for that is for properties which the template does not have.
UNUSED = {
    "AWS::IAM::Role": (
        *("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        # A role without its boundary is what ServiceRole must not make.
        "iam:DeleteRolePermissionsBoundary",
    ),
    # A VPC, file systems, a customer-managed key, capacity providers, versions.
    "AWS::Lambda::Function": (
        *("ec2:*", "elasticfilesystem:*", "s3files:*", "kms:*", "lambda:PassCapacityProvider"),
        *("lambda:PublishVersion", "lambda:AssociateRuntimeAlias"),
    ),
    # A customer-managed key, delivery, data protection, index and resource policies.
    "AWS::Logs::LogGroup": (
        *("firehose:*", "s3:REST.PUT.OBJECT", "logs:*KmsKey", "logs:CreateLogDelivery"),
        *("logs:*DataProtectionPolicy", "logs:*IndexPolicy", "logs:*ResourcePolicy"),
        *("logs:PutBearerTokenAuthentication", "logs:PutLogGroupDeletionProtection"),
    ),
    # Tables of metadata. The deletions have no action of their own: IAM calls them Put….
    "AWS::S3::Bucket": (
        *("s3tables:*", "s3:*Metadata*", "s3:DeleteObject", "s3:PutObjectAcl"),
        *(f"s3:DeleteBucket{one}" for one in ("Cors", "Encryption", "Lifecycle", "Replication")),
        *(f"s3:DeleteBucket{one}" for one in ("AnalyticsConfiguration", "MetricsConfiguration")),
        "s3:DeleteBucketWebsite",
    ),
    "AWS::SNS::Topic": ("sns:PutDataProtectionPolicy",),
    # A customer-managed key.
    "AWS::StepFunctions::StateMachine": ("kms:*",),
}
EVERYTHING = {
    "Site": "cloudfront",
    "AlarmEmail": "ada@example.com",
    "BlogRepository": "ada/blog",
    "BlogToken": "/paperboy/github",
}

Json = dict[str, Any]


def role(name: str) -> list[policies.Grant]:
    """Return what a role allows, its conditions apart."""
    known = {
        "AWS::Partition": "aws",
        "AWS::AccountId": policies.ACCOUNT,
        "AWS::Region": policies.REGION,
        "Repository": "ada/paperboy",
        "ServiceRole.Arn": SERVICE_ROLE,
    }
    source = template.load(REPOSITORY / "infra" / "github-deploy.yaml")
    found = template.Stack(source, known).made("Resources")[name]["Properties"]
    statements = [
        one for policy in found["Policies"] for one in policy["PolicyDocument"]["Statement"]
    ]
    return [
        policies.Grant(action, str(resource))
        for one in statements
        for action in listed(one["Action"])
        for resource in listed(one["Resource"])
    ]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def handled() -> dict[str, set[str]]:
    """Return the actions that CloudFormation needs for each type of resource."""
    found: dict[str, set[str]] = {}
    for path in SAM.parent.parent.glob(SCHEMAS):
        schema = json.loads(path.read_text("utf-8"))
        for name, handler in schema.get("handlers", {}).items():
            if name != "list":
                found.setdefault(schema["typeName"], set()).update(handler["permissions"])
    return found


def test_the_service_role_can_do_what_resources_need() -> None:
    allowed = {grant.action for grant in role("ServiceRole")}
    needed = handled()
    kinds = {one["Type"] for one in policies.Deployed(**EVERYTHING).resources.values()}
    assert kinds <= needed.keys()
    refused = {
        (kind, action)
        for kind in kinds
        for action in needed[kind]
        if not any(fnmatchcase(action, one) for one in (*allowed, *UNUSED.get(kind, ())))
    }
    assert refused == set()


def test_the_preview_role_can_do_what_sam_does(tmp_path: Path) -> None:
    place = tmp_path / "project"
    (place / ".aws-sam").mkdir(parents=True)
    (place / "samconfig.toml").write_bytes((REPOSITORY / "samconfig.toml").read_bytes())
    startable(place / ".aws-sam", {})
    preview = ["deploy", "--no-execute-changeset", "--role-arn", SERVICE_ROLE]

    with emulator(tmp_path / "aws.log") as aws:

        def calls(*words: str) -> list[tuple[str, str, dict[str, str]]]:
            done = subprocess.run(
                [str(SAM.parent / "python"), str(CALLS), *words],
                cwd=place,
                env={**aws.environment, "AWS_REGION": REGION},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
            made: list[tuple[str, str, dict[str, str]]] = json.loads(done.stdout.splitlines()[-1])
            return made

        # It makes SAM's bucket, as that of the roles' own stack does.
        calls("deploy")
        (place / ".aws-sam" / "build" / rie.PACKAGE.name / "changed.txt").write_text("", "utf-8")
        found = calls(*preview, "--parameter-overrides", f"PermissionsBoundary={BOUNDARY}")

    needed = {call for one in found for call in as_calls(*one)}
    assert {"cloudformation:CreateChangeSet", "s3:PutObject"} <= {one.action for one in needed}
    assert policies.missing(role("PreviewRole"), needed) == []


def as_calls(service: str, operation: str, sent: dict[str, str]) -> set[policies.Call]:
    """Return what a call of SAM has to be allowed."""
    if service == "sts":
        # Everyone may ask who they are.
        return set()
    if service == "s3":
        actions = {"HeadObject": "s3:GetObject"}
        key = f"arn:aws:s3:::{sent['Bucket']}/{sent['Key']}"
        return {policies.Call(actions.get(operation, f"s3:{operation}"), key)}
    assert service == "cloudformation"
    names = f"arn:aws:cloudformation:{policies.REGION}"
    # A change set has the ARN of its stack as its resource.
    name = STACK if sent.get("StackName", "").startswith("arn:") else sent["StackName"]
    found = {
        policies.Call(f"cloudformation:{operation}", f"{names}:{policies.ACCOUNT}:stack/{name}/1")
    }
    if operation == "CreateChangeSet":
        found.add(policies.Call("iam:PassRole", SERVICE_ROLE))
        transform = f"{names}:aws:transform/Serverless-2016-10-31"
        found.add(policies.Call("cloudformation:CreateChangeSet", transform))
    return found
