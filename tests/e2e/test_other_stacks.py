"""The templates in infra/, deployed by SAM on loopback.

The emulator makes no saved queries and no identity providers, and checks no permissions.
"""

from contextlib import closing
from pathlib import Path

from tests.support import rie, template
from tests.support.emulator import Emulator, emulator

rie.need_package()

STACK = "paperboy-analytics"
ROLES = "paperboy-github"
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def places(aws: Emulator, database: str) -> dict[str, str]:
    """Return where the database's tables are."""
    with closing(aws.client("glue")) as glue:
        tables = glue.get_tables(DatabaseName=database)["TableList"]
    return {table["Name"]: table["StorageDescriptor"]["Location"] for table in tables}


def test_its_tables_follow_the_parameters(tmp_path: Path) -> None:
    with emulator(tmp_path / "aws.log") as aws:
        for prefix in ("papers/", "ai/"):
            outputs = aws.deploy_beside(
                template.ANALYTICS, STACK, BucketName="papers", KeyPrefix=prefix
            )
            assert outputs == {"AthenaDatabase": "paperboy_analytics", "AthenaWorkGroup": STACK}
            assert places(aws, "paperboy_analytics") == {
                "papers": f"s3://papers/{prefix}papers/",
                "votes": f"s3://papers/{prefix}votes/",
            }


def test_the_roles_of_github_can_be_made_and_changed(tmp_path: Path) -> None:
    with emulator(tmp_path / "aws.log") as aws:
        for ids in ({}, {"OwnerId": "1234", "RepositoryId": "5678"}):
            outputs = aws.deploy_beside(
                template.GITHUB_DEPLOY,
                ROLES,
                Repository="ada/papers",
                ProviderArn=PROVIDER,
                **ids,
            )
            subjects = trusted(aws, outputs["DeployRole"])
            assert "repo:ada/papers:environment:production" in subjects
            assert ("repo:ada@1234/papers@5678:environment:production" in subjects) == bool(ids)


def trusted(aws: Emulator, role: str) -> str:
    """Return the document that says whom a role trusts."""
    with closing(aws.client("iam")) as iam:
        made = iam.get_role(RoleName=role.rpartition("/")[2])["Role"]
    return str(made["AssumeRolePolicyDocument"])
