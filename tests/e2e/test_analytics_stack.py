"""The stack for Athena, deployed by SAM on loopback: the emulator makes no saved queries."""

from contextlib import closing
from pathlib import Path

from tests.support import rie, template
from tests.support.emulator import Emulator, emulator

rie.need_package()

STACK = "paperboy-analytics"


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
