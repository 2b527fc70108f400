"""README and `docs/` against the project: their code, commands, settings and links work."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import duckdb
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from adapters.recorded import RecordedSource
from core import HOMEPAGE, VERSION, publish
from core.model.report import RunRequest
from core.render import json as edition_json
from core.topics.rules import compiled, normalised
from core.topics.trial import Trial, best
from handler import backfill_steps, bootstrap, events, topics
from handler.cli import main as cli
from handler.configuration import KEYS, parse
from handler.settings import NAMES, from_environment
from tests.support import recorded, sample, template
from tests.support.papers import DAY, NOW
from tests.support.recorded import needs_recorded
from tests.support.servers import S3Server, s3_server

CURL_MISSING = shutil.which("curl") is None and os.environ.get("CI") != "true"
NAMES_OF_PAGES = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    *(f"docs/{path.name}" for path in sorted((sample.ROOT / "docs").glob("*.md"))),
)
PAGES = {name: (sample.ROOT / name).read_text("utf-8") for name in NAMES_OF_PAGES}
PAPERBOY_TOML = (sample.ROOT / "paperboy.toml").read_text("utf-8")
MAKEFILE = (sample.ROOT / "Makefile").read_text("utf-8")
PARAMETERS = template.load()["Parameters"]
MOST_WORDS = 1000
# When the days that the pages name have passed.
CLOCK = datetime(2026, 11, 28, 12, tzinfo=UTC)

SHELL_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
INLINE_COMMAND = re.compile(r"`((?:aws|make|sam|\.venv/bin/paperboy) [^`]+)`")
ASSIGNMENT = re.compile(r"(\w+)=(.*)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A line of the file's example that is commented out.
COMMENT = re.compile(r"^# (\[\[topic\]\]|\w+ = .*)$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def block(page: str, language: str, beginning: str) -> str:
    """Return the page's code block that begins so."""
    (found,) = re.findall(rf"```{language}\n({re.escape(beginning)}.*?)```", PAGES[page], re.DOTALL)
    return str(found)


def commands(page: str) -> Iterator[list[str]]:
    """Yield the words of each command in a page's shell blocks and inline code."""
    lines = "".join(SHELL_BLOCK.findall(PAGES[page])).replace("\\\n", "").splitlines()
    for line in [*lines, *INLINE_COMMAND.findall(BLOCK.sub("", PAGES[page]))]:
        if words := shlex.split(line, comments=True):
            yield words


COMMANDS = {
    f"{page}: {shlex.join(words)}": words for page in NAMES_OF_PAGES for words in commands(page)
}


def assigned(words: list[str]) -> list[str]:
    """Return the variables that are set before a command, or exported."""
    found = map(ASSIGNMENT.fullmatch, words[1:] if words[0] == "export" else words)
    return [one[1] for one in takewhile(bool, found) if one]


def of(*program: str) -> dict[str, list[str]]:
    """Return the arguments of all commands of a program."""
    found = {name: words[len(assigned(words)) :] for name, words in COMMANDS.items()}
    count = len(program)
    return {name: one[count:] for name, one in found.items() if tuple(one[:count]) == program}


@pytest.fixture
def bucket() -> Iterator[S3Server]:
    """Run S3 with an edition in the bucket of docs/objects.md."""
    with s3_server("my-bucket") as server, closing(server.client()) as client:
        body = edition_json.render(sample.edition())
        client.put_object(Bucket="my-bucket", Key="latest.json", Body=body)
        yield server


def run(command: list[str], **environment: str) -> str:
    return subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def test_boto3(bucket: S3Server) -> None:
    code = block("docs/objects.md", "python", "import boto3")
    printed = run([sys.executable, "-c", code], AWS_ENDPOINT_URL_S3=bucket.url)
    assert printed.splitlines()[0] == "1 73 SemanticGen: Video Generation in Semantic Space"
    assert len(printed.splitlines()) == 3


@pytest.mark.skipif(CURL_MISSING, reason="curl is not installed")
@pytest.mark.parametrize("session", [{}, {"AWS_SESSION_TOKEN": "session"}])
def test_curl_signs_as_s3_wants_it(bucket: S3Server, session: Mapping[str, str]) -> None:
    here = f"curl --silent --connect-to ::127.0.0.1:{bucket.url.rpartition(':')[2]} "
    command = (
        block("docs/objects.md", "sh", "curl").replace("curl ", here, 1).replace("https:", "http:")
    )
    assert run(["bash", "-c", command], **session) == sample.golden("2025-12-24.json")
    headers = bucket.requests[-1].headers
    scope, names, signature = headers["authorization"].split(", ")
    assert scope.endswith("/ap-northeast-2/s3/aws4_request")
    assert signature == f"Signature={expected_signature(headers, names.split('=')[1].split(';'))}"


def expected_signature(headers: Mapping[str, str], signed: list[str]) -> str:
    """Return the signature that AWS' own client computes for the same request."""
    assert {"x-amz-content-sha256", "x-amz-date"} <= set(signed)
    url = "http://my-bucket.s3.ap-northeast-2.amazonaws.com/latest.json"
    sent = {name: headers[name] for name in signed if name != "host"}
    request = AWSRequest("GET", url, headers=sent)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials("testing", "testing"), "s3", "ap-northeast-2")
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(to_sign, request))


def test_readme_takes_five_minutes() -> None:
    assert len(PAGES["README.md"].split()) <= MOST_WORDS


@pytest.mark.parametrize("page", NAMES_OF_PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in LINK.findall(BLOCK.sub("", PAGES[page])):
        if link.startswith("https:"):
            continue
        path, _, anchor = link.partition("#")
        target = (sample.ROOT / page).parent / path if path else sample.ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    headings = HEADING.findall(BLOCK.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_links_each_page() -> None:
    assert set(NAMES_OF_PAGES) - {"README.md"} <= set(LINK.findall(PAGES["README.md"]))


MADE = of("make")


@pytest.mark.parametrize("words", MADE.values(), ids=MADE)
def test_make_has_these_targets(words: list[str]) -> None:
    for word in words:
        variable = ASSIGNMENT.fullmatch(word)
        assert f"$({variable[1]}" in MAKEFILE if variable else f"\n{word}:" in MAKEFILE


RUN = of(".venv/bin/paperboy")


@pytest.mark.parametrize("words", RUN.values(), ids=RUN)
def test_the_command_line_takes_these(words: list[str]) -> None:
    ends: AbstractContextManager[object] = nullcontext()
    if "--help" in words:
        ends = pytest.raises(SystemExit, match=r"^0$")
    with ends:
        cli._parser().parse_args(words)


INVOKED = of("sam", "remote", "invoke", "PaperboyFunction")


@pytest.mark.parametrize("words", INVOKED.values(), ids=INVOKED)
def test_the_function_takes_these_events(words: list[str]) -> None:
    option, value, *_ = words
    text = value if option == "--event" else (sample.ROOT / value).read_text("utf-8")
    event = json.loads(text)
    if "action" in event:
        assert event["action"] in backfill_steps.ACTIONS
    else:
        events.parse(event, CLOCK)


DEPLOYED = of("sam", "deploy", "--parameter-overrides")


@pytest.mark.parametrize("words", DEPLOYED.values(), ids=DEPLOYED)
def test_the_template_takes_these_parameters(words: list[str]) -> None:
    for name, _, value in (word.partition("=") for word in words):
        assert template.allows(PARAMETERS[name], value)


def test_every_variable_that_is_set_exists() -> None:
    names = {name for words in COMMANDS.values() for name in assigned(words)}
    ours = {name for name in names if name.startswith("PAPERBOY_")}
    assert ours
    assert ours <= {f"PAPERBOY_{name}" for name in NAMES}


def test_package_and_code_agree_on_version_and_address() -> None:
    project = tomllib.loads((sample.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["version"], project["urls"]["Homepage"]) == (VERSION, HOMEPAGE)


def test_configure_lists_every_setting() -> None:
    keys = [key.path for key in KEYS]
    for name in [*keys, *(f"PAPERBOY_{name}" for name in NAMES), *PARAMETERS]:
        assert f"`{name}`" in PAGES["docs/configure.md"]


def test_the_configuration_takes_the_example() -> None:
    example = block("docs/configure.md", "toml", "title = ")
    file = parse(example.encode(), "paperboy.toml")
    assert file.problems == []
    assert file.values["author"] == "Ada Lovelace"


def test_the_configuration_takes_the_topics() -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGES["docs/topics.md"], re.DOTALL)
    file = parse("".join(examples[1:]).encode(), "paperboy.toml")
    assert file.problems == []
    assert len(file.values["topic"]) == 10  # type: ignore[arg-type]
    assert parse(examples[0].encode(), "paperboy.toml").problems == []
    assert parse(COMMENT.sub(r"\1", PAPERBOY_TOML).encode(), "paperboy.toml").problems == []


def test_terms_match_where_the_page_says() -> None:
    row = re.compile(r"^\| `(.+)` \| (\*.+\*) \| (\*.+\*) \|$", re.MULTILINE)
    rows = row.findall(PAGES["docs/topics.md"])
    assert len(rows) == 9
    for term, *cells in rows:
        matching, others = (re.findall(r"\*(.+?)\*", cell) for cell in cells)
        found = compiled(term)
        assert all(found.stands_in(normalised(text)) for text in matching), term
        assert not any(found.stands_in(normalised(text)) for text in others), term


@needs_recorded
def test_topics_choose_what_the_page_says() -> None:
    example = re.compile(r"```toml\n(.*?)```(.*?)(?=^###|\Z)", re.DOTALL | re.MULTILINE)
    row = re.compile(r"^\| (\d{4}\.\d{5}) \| (.+) \| (.+) \|$", re.MULTILINE)
    sets = example.findall(PAGES["docs/topics.md"])[1:]
    trial = Trial(topics.made(tomllib.loads("".join(text for text, _ in sets))["topic"]))
    for edition in recorded.editions():
        trial.add(edition)
    for topic, (_, rest) in zip(trial.topics, sets, strict=True):
        rows = row.findall(rest)
        chosen, missed = trial.chosen[topic.id], trial.missed[topic.id]
        papers = [found.paper for found in best(chosen, 10)]
        assert [(one, title) for one, title, _ in rows] == [(one.id, one.title) for one in papers]
        right = sum(verdict == "right" for _, _, verdict in rows)
        counts = f"{len(chosen)} | {len(missed)} | {right} of {len(rows)}"
        assert f") | {counts} |" in PAGES["docs/topics.md"]


def test_duckdb(tmp_path: Path) -> None:
    settings = from_environment({"PAPERBOY_STORE": f"{tmp_path.as_uri()}/public"})
    ports = replace(bootstrap.ports(settings, lambda: 60.0), source=RecordedSource(sample.PAYLOAD))
    assert publish.run(RunRequest((DAY,), NOW), ports).errors() == []
    query = block("docs/analyse.md", "sql", "SELECT date_trunc").replace(
        "public/", f"{tmp_path}/public/"
    )
    with closing(duckdb.connect()) as connection:
        ((month, papers, votes),) = connection.execute(query).fetchall()
    assert (f"{month:%Y-%m-%d}", papers, votes) == ("2025-12-01", 16, 254)
