"""The stack for Athena: where its tables are, what they hold, what a query may cost."""

import gzip
import json
import re
from typing import Any

import pytest

from core.model import dates, keys
from core.model.paper import Edition, Paper
from core.model.votes import VoteHistory
from core.render import dataset
from core.render import votes as vote_json
from tests.support import template
from tests.support.recorded import REPOSITORY

TEMPLATE = template.load(template.ANALYTICS)
PARAMETERS = TEMPLATE["Parameters"]
MADE = {
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "papers-test",
    "BucketName": "papers",
    "Database": "papers_test",
    "QueryResults": "results",
    "QueryResults.Arn": "arn:aws:s3:::results",
    "WorkGroup": "papers-test",
}
TABLES = {"papers": "PapersTable", "votes": "VotesTable"}
QUERIES = ("TopOrganizations", "Risers", "Keywords")
DOCUMENTED = (REPOSITORY / "docs" / "dataset.md").read_text("utf-8")
FIRST = dates.FIRST_DAY
# What the queries take from SQL; all else in them are columns, or names that they give themselves.
SQL = """
    and as by cast cross desc distinct filter from group is join limit not null on or order over
    partition select unnest using where with
"""
FUNCTIONS = "coalesce count date lower map_keys max_by quarter row_number substr sum varchar year"


def stack(**values: str) -> template.Stack:
    return template.Stack(TEMPLATE, MADE | values)


def properties(name: str, **values: str) -> dict[str, Any]:
    found: dict[str, Any] = stack(**values).made("Resources")[name]["Properties"]
    return found


def table(name: str, **values: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(TABLES[name], **values)["TableInput"]
    return found


def columns(name: str) -> dict[str, str]:
    """Return a table's columns and their types, the partition first."""
    found = table(name)
    listed = [*found.get("PartitionKeys", ()), *found["StorageDescriptor"]["Columns"]]
    types = {column["Name"]: column["Type"] for column in listed}
    assert len(types) == len(listed)
    return types


def documented(name: str) -> dict[str, str]:
    """Return the columns that the documentation tells of."""
    (rows,) = re.findall(rf"\n`{name}`:\n\n((?:\|.*\n)+)", DOCUMENTED)
    return dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", rows, re.MULTILINE))


def written(name: str) -> list[str]:
    """Return the fields of a row of the data set, in order."""
    if name == "papers":
        edition = Edition(FIRST, (Paper("2305.00001", "Title"),))
        body = gzip.decompress(dataset.papers(edition))
    else:
        body = vote_json.render(VoteHistory(FIRST))
    row: dict[str, Any] = json.loads(body)
    return [name for name in row if name != "schema_version"]


def test_the_outputs_tell_of_it() -> None:
    outputs = stack().made("Outputs")
    assert outputs["AthenaWorkGroup"]["Value"] == "papers-test"
    assert outputs["AthenaDatabase"]["Value"] == "papers_test"


def test_it_needs_the_buckets_name_alone() -> None:
    assert [name for name, one in PARAMETERS.items() if "Default" not in one] == ["BucketName"]
    ours = template.load()["Parameters"]
    assert PARAMETERS["KeyPrefix"]["AllowedPattern"] == ours["KeyPrefix"]["AllowedPattern"]
    assert template.allows(PARAMETERS["BucketName"], "paperboy-bucket-1ab2c3")
    assert not template.allows(PARAMETERS["BucketName"], "s3://papers")


def test_the_databases_name_needs_no_quotes() -> None:
    name = TEMPLATE["Resources"]["Database"]["Properties"]["DatabaseInput"]["Name"]
    assert name == {"Fn::Join": ["_", {"Fn::Split": ["-", {"Ref": "AWS::StackName"}]}]}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_columns_that_are_written_and_documented(name: str) -> None:
    assert columns(name) == documented(name)
    assert list(columns(name)) == written(name)


@pytest.mark.parametrize("prefix", ["", "papers/"])
def test_partitions_are_projected_to_where_files_are(prefix: str) -> None:
    found = table("papers", KeyPrefix=prefix)
    projection = {key: value for key, value in found["Parameters"].items() if "." in key}
    # CloudFormation writes ${!date} as ${date}, which Athena fills in.
    location = projection.pop("storage.location.template").replace("${!date}", str(FIRST))
    place = found["StorageDescriptor"]["Location"]
    assert place == f"s3://papers/{prefix}papers/"
    assert location.startswith(place)
    assert f"s3://papers/{prefix}{keys.dataset_papers(FIRST)}" == f"{location}papers.jsonl.gz"
    assert found["PartitionKeys"] == [{"Name": "date", "Type": "string"}]
    assert projection == {
        "projection.enabled": "true",
        "projection.date.type": "date",
        "projection.date.format": "yyyy-MM-dd",
        "projection.date.range": f"{FIRST},NOW",
        "projection.date.interval": "1",
        "projection.date.interval.unit": "DAYS",
    }


@pytest.mark.parametrize("prefix", ["", "papers/"])
def test_votes_are_read_where_histories_are(prefix: str) -> None:
    place = table("votes", KeyPrefix=prefix)["StorageDescriptor"]["Location"]
    assert f"s3://papers/{prefix}{keys.vote_history(FIRST)}" == f"{place}{FIRST}.json"


@pytest.mark.parametrize("name", TABLES)
def test_files_are_read_as_json_lines(name: str) -> None:
    found = table(name)
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert properties(TABLES[name])["DatabaseName"] == "papers_test"
    storage = found["StorageDescriptor"]
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    serde = storage["SerdeInfo"]["SerializationLibrary"]
    assert serde == "org.apache.hive.hcatalog.data.JsonSerDe"


@pytest.mark.parametrize("name", QUERIES)
def test_a_saved_query_is_the_documented_one(name: str) -> None:
    query = properties(name)
    assert (query["Database"], query["WorkGroup"]) == ("papers_test", "papers-test")
    assert f"**{query['Name']}.**" in DOCUMENTED
    assert f"```sql\n{query['QueryString']}```" in DOCUMENTED


@pytest.mark.parametrize("name", QUERIES)
def test_a_saved_query_names_only_columns_that_exist(name: str) -> None:
    sql = re.sub(r"'[^']*'", "", properties(name)["QueryString"])
    words = set(re.findall(r"[A-Za-z_]\w*", sql)) - {word.upper() for word in SQL.split()}
    # Names of its own: `WITH x AS`, `), x AS`, `AS x`, `AS y (x)`.
    named = re.findall(r"(?:WITH|,) (\w+) AS|AS (\w+)(?: \((\w+)\))?", sql)
    own = {word for names in named for word in names}
    known = {*columns("papers"), *columns("votes")}
    assert words - own - known - TABLES.keys() - set(FUNCTIONS.split()) == set()
    assert set(re.findall(r"(?:FROM|JOIN) (\w+)", sql)) <= own | TABLES.keys() | {"UNNEST"}


def test_a_query_is_stopped_at_the_limit_whoever_asks() -> None:
    configuration = properties("WorkGroup")["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == 10**9
    assert configuration["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}


def test_results_are_private_encrypted_and_forgotten() -> None:
    configuration = properties("WorkGroup")["WorkGroupConfiguration"]["ResultConfiguration"]
    assert configuration == {
        "OutputLocation": "s3://results/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    }
    bucket = properties("QueryResults")
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule] == [7]
    policy = properties("QueryResultsPolicy")
    assert policy["Bucket"] == "results"
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == ["arn:aws:s3:::results", "arn:aws:s3:::results/*"]


def test_a_stack_that_is_deleted_leaves_no_workgroup_in_its_way() -> None:
    assert properties("WorkGroup")["RecursiveDeleteOption"] is True
    for name in ("QueryResults", "QueryResultsPolicy"):
        resource = TEMPLATE["Resources"][name]
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resource["UpdateReplacePolicy"] == "Retain"


def test_names_are_in_small_letters() -> None:
    for name in TABLES:
        names = [name, *columns(name)]
        assert names == [one.lower() for one in names]
        assert table(name)["Name"] == name
