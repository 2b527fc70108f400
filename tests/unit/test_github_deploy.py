"""infra/github-deploy.yaml: who may assume its roles, and how little they may do."""

import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.support import policies, template
from tests.support.recorded import REPOSITORY

PATH = REPOSITORY / "infra" / "github-deploy.yaml"
ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{policies.ACCOUNT}:oidc-provider/{ISSUER}"
REPOSITORY_NAME = {"Repository": "ada/paperboy"}
IDS = {"OwnerId": "12", "RepositoryId": "345"}
KNOWN = {
    "AWS::Partition": "aws",
    "AWS::AccountId": policies.ACCOUNT,
    "AWS::Region": policies.REGION,
    "Provider": PROVIDER,
    "Boundary": "the boundary",
    "ServiceRole.Arn": f"arn:aws:iam::{policies.ACCOUNT}:role/service",
}
# A stack with everything, whose resources have names as CloudFormation makes them.
EVERYTHING = {
    "Site": "cloudfront",
    "AlarmEmail": "ada@example.com",
    "Announce": "true",
    "ReaderEmail": "ada@example.com",
    "BlogRepository": "ada/blog",
    "BlogToken": "/paperboy/github",
    "HuggingFaceToken": (
        f"arn:aws:secretsmanager:{policies.REGION}:{policies.ACCOUNT}:secret:paperboy-a1B2c3"
    ),
    "TokenKey": f"arn:aws:kms:{policies.REGION}:{policies.ACCOUNT}:key/12345678",
}

Json = dict[str, Any]


def resources(**parameters: str) -> Json:
    """Return the template's resources without functions."""
    known = {**KNOWN, **REPOSITORY_NAME, **parameters}
    return template.Stack(template.load(PATH), known).made("Resources")


def trust(role: Json) -> Json:
    (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    found: Json = statement
    return found


def statements(resource: Json) -> list[Json]:
    properties = resource["Properties"]
    documents = [one["PolicyDocument"] for one in properties.get("Policies", [])]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [statement for one in documents for statement in one["Statement"]]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def actions(resource: Json) -> set[str]:
    return {action for one in statements(resource) for action in listed(one["Action"])}


@pytest.mark.parametrize(
    ("role", "environment"), [("PreviewRole", "preview"), ("DeployRole", "production")]
)
@pytest.mark.parametrize(
    ("ids", "owner", "name"), [({}, "ada", "paperboy"), (IDS, "ada@12", "paperboy@345")]
)
def test_only_an_environment_of_the_repository_is_trusted(
    role: str, environment: str, ids: dict[str, str], owner: str, name: str
) -> None:
    found = trust(resources(**ids)[role])
    assert found["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert found["Principal"] == {"Federated": PROVIDER}
    assert found["Condition"].keys() == {"StringEquals"}
    trusted = found["Condition"]["StringEquals"]
    assert trusted.pop(f"{ISSUER}:aud") == "sts.amazonaws.com"
    subjects = trusted.pop(f"{ISSUER}:sub")
    assert trusted == {}
    expected = {
        f"repo:ada/paperboy:environment:{environment}",
        f"repo:{owner}/{name}:environment:{environment}",
    }
    assert set(subjects) == expected


@pytest.mark.parametrize(
    ("parameters", "created"), [({}, True), ({"ProviderArn": PROVIDER}, False)]
)
def test_the_provider_is_created_unless_there_is_one(
    parameters: dict[str, str], created: bool
) -> None:
    made = resources(**parameters)
    assert ("Provider" in made) == created
    assert trust(made["PreviewRole"])["Principal"] == {"Federated": PROVIDER}


def test_nobody_previews_and_deploys() -> None:
    made = resources()
    preview, deploy = actions(made["PreviewRole"]), actions(made["DeployRole"])
    assert "cloudformation:CreateChangeSet" in preview - deploy
    assert "cloudformation:ExecuteChangeSet" in deploy - preview
    # Nothing executes what has no change set.
    others = {"CreateStack", "UpdateStack", "DeleteStack", "SetStackPolicy"}
    assert not {f"cloudformation:{name}" for name in others} & (preview | deploy)
    assert "iam:PassRole" not in deploy


def test_the_deploy_role_has_what_the_workflow_calls() -> None:
    workflow = (REPOSITORY / ".github" / "workflows" / "deploy.yml").read_text("utf-8")
    called = re.findall(r"aws cloudformation ([a-z-]+)", workflow)
    needed = {f"cloudformation:{one.title().replace('-', '')}" for one in called}
    assert actions(resources()["DeployRole"]) == needed


def test_a_change_set_needs_the_service_role() -> None:
    made = resources()
    by_sid = {one["Sid"]: one for one in statements(made["PreviewRole"])}
    role = KNOWN["ServiceRole.Arn"]
    created = by_sid["CreateChangeSets"]["Condition"]
    assert created == {"StringEquals": {"cloudformation:RoleArn": role}}
    passed = by_sid["LetCloudFormationUseTheServiceRole"]
    assert passed["Resource"] == role
    assert passed["Condition"] == {
        "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
    }
    assert trust(made["ServiceRole"])["Principal"] == {"Service": "cloudformation.amazonaws.com"}


def test_roles_cannot_be_given_more_than_the_boundary() -> None:
    role = resources()["ServiceRole"]
    bounded = {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"}
    for one in statements(role):
        if bounded & set(listed(one["Action"])):
            condition = {"StringEquals": {"iam:PermissionsBoundary": "the boundary"}}
            assert one["Condition"] == condition
            assert set(one["Action"]) == bounded
    iam = {action for action in actions(role) if action.startswith("iam:")}
    assert bounded < iam
    assert not {"iam:*", "iam:AttachRolePolicy", "iam:PutUserPolicy"} & iam
    assert "iam:DeleteRolePermissionsBoundary" not in iam


@pytest.mark.parametrize("role", ["PreviewRole", "DeployRole", "ServiceRole"])
def test_everything_has_a_name_that_can_be_named(role: str) -> None:
    unnamed = [
        one["Sid"] for one in statements(resources()[role]) if "*" in listed(one["Resource"])
    ]
    assert unnamed == (["WithoutNames"] if role == "ServiceRole" else [])


def grants(resource: Json) -> list[policies.Grant]:
    return [
        policies.Grant(action, pattern)
        for one in statements(resource)
        for action in listed(one["Action"])
        for pattern in listed(one["Resource"])
    ]


@pytest.mark.parametrize("bucket", ["", "ada-papers"])
def test_the_boundary_has_what_the_stack_needs(bucket: str) -> None:
    boundary = grants(resources(BucketName=bucket)["Boundary"])
    parameters = {**EVERYTHING, "ExistingBucket": bucket}
    # CloudFormation makes a name of the stack's and the resource's, unless the template has one.
    made = {"Bucket": "paperboy-bucket", "FunctionLogs": "/aws/lambda/paperboy"}
    arns = {
        f"{name}.Arn": policies.ARNS[one["Type"]].format(name=made.get(name, f"paperboy-{name}"))
        for name, one in policies.Deployed(**parameters).resources.items()
        if one["Type"] in policies.ARNS
    }
    references = {"Bucket": made["Bucket"], "Readers": arns["Readers.Arn"]}
    deployed = policies.Deployed(**parameters, **arns, **references)
    needed = [grant for role in deployed.roles().values() for grant in role]
    assert needed
    refused = [
        grant
        for grant in needed
        if not any(
            one.action == grant.action and fnmatchcase(grant.resource, one.resource)
            for one in boundary
        )
    ]
    assert refused == []
