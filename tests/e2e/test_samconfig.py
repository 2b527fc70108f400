"""How SAM reads samconfig.toml, what `make configure` writes, and the commands of the docs."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tools import configure

from tests.support import emulator, reader, template
from tests.support.recorded import REPOSITORY

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
SHELL_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
TOML_BLOCK = re.compile(r"^ *```toml\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`(sam [a-z][^`]+)`")
OPTIONS = REPOSITORY / "tests" / "e2e" / "sam_options.py"

Json = dict[str, Any]


def sam_commands(path: Path) -> Iterable[tuple[str, ...]]:
    """Yield the words after `sam` of a page's commands."""
    text = path.read_text("utf-8")
    lines = "".join(SHELL_BLOCK.findall(text)).replace("\\\n", "").splitlines()
    for line in [*lines, *INLINE.findall(text)]:
        for command in re.split(r"&&|\|", line):
            words = shlex.split(command, comments=True)
            if words[:1] == ["sam"]:
                yield tuple(words[1:])


COMMANDS = sorted({words for path in PAGES for words in sam_commands(path)})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project, built, with a samconfig.local.toml of some answers."""
    if not emulator.SAM.exists():
        pytest.skip("SAM is not there: run `make e2e`")
    place = tmp_path_factory.mktemp("project")
    for name in ("template.yaml", "samconfig.toml", "infra", "events", "local"):
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, place / name)
    reader.write(place)
    (place / ".aws-sam" / "build").mkdir(parents=True)
    shutil.copy2(place / "template.yaml", place / ".aws-sam" / "build" / "template.yaml")
    # An e-mail address, 09:00, and the defaults.
    lines = iter(["ada@example.com", "09:00"])
    configure.configure(place, lambda _prompt: next(lines, ""), again=False)
    return place


def options(project: Path, commands: Sequence[tuple[str, ...]]) -> list[Json]:
    """Return the options that SAM makes of commands, all of which it accepts."""
    done = subprocess.run(
        [emulator.SAM.parent / "python", OPTIONS],
        cwd=project,
        env={**os.environ, "AWS_REGION": "eu-central-1", "SAM_CLI_TELEMETRY": "0"},
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    ends = zip(commands, answers, strict=True)
    refused = [(words, one["problem"]) for words, one in ends if one["problem"]]
    assert refused == []
    return [one["options"] for one in answers]


def test_nothing_is_asked_but_the_region(project: Path) -> None:
    (found,) = options(project, [("deploy",)])
    assert found["guided"] is found["confirm_changeset"] is False
    assert (found["stack_name"], found["region"]) == ("paperboy", None)
    assert found["resolve_s3"] is True
    assert found["capabilities"] == ["CAPABILITY_IAM"]
    # They keep the stack's values.
    assert found["parameter_overrides"] == {}


def test_own_settings_are_read_as_they_are_written(project: Path) -> None:
    shared, own = options(project, [("deploy",), ("deploy", "--config-file", configure.LOCAL)])
    parameters = own.pop("parameter_overrides")
    defaults = {name: str(one["Default"]) for name, one in template.load()["Parameters"].items()}
    assert parameters == defaults | {
        "ScheduleExpression": "cron(0 9 * * ? *)",
        "AlarmEmail": "ada@example.com",
    }
    differs = {name for name in own if own[name] != shared[name]}
    assert differs == {"config_file"}


def test_builds_logs_and_invocations_need_no_options(project: Path) -> None:
    build, logs, invoke = options(
        project, [("build",), ("logs", "--tail"), ("remote", "invoke", "PaperboyFunction")]
    )
    assert build["build_in_source"] is True
    assert logs["cw_log_groups"] == ["/aws/lambda/paperboy"]
    assert invoke["stack_name"] == "paperboy"


def test_sam_takes_the_commands_of_the_docs(project: Path) -> None:
    assert ("deploy",) in COMMANDS
    for words, found in zip(COMMANDS, options(project, COMMANDS), strict=True):
        assert "--guided" not in words
        if words[0] == "deploy" and configure.LOCAL not in words:
            path = stack_template(project, words)
            check_parameters(found["parameter_overrides"], path)
            assert found["capabilities"] == ["CAPABILITY_IAM"] or not makes_roles(path)


def stack_template(project: Path, words: tuple[str, ...]) -> Path:
    """Return the template that a command deploys."""
    for option, value in pairwise(words):
        if option in ("-t", "--template", "--template-file"):
            return project / value
    return template.PATH


def makes_roles(path: Path) -> bool:
    kinds = [one["Type"] for one in template.load(path)["Resources"].values()]
    return any(kind.startswith(("AWS::IAM::", "AWS::Serverless::")) for kind in kinds)


def check_parameters(given: Json, path: Path) -> None:
    parameters = template.load(path)["Parameters"]
    for name, value in given.items():
        assert template.allows(parameters[name], value), (name, value)
    if given:
        needed = {name for name, one in parameters.items() if "Default" not in one}
        assert needed <= given.keys()


TABLES = [
    (path.name, block)
    for path in PAGES
    for block in TOML_BLOCK.findall(path.read_text("utf-8"))
    if "parameter_overrides" in block
]


@pytest.mark.parametrize(("page", "block"), TABLES)
def test_sam_reads_the_tables_of_the_docs(project: Path, page: str, block: str) -> None:
    file = project / f"samconfig.{page}.toml"
    shared = (project / "samconfig.toml").read_text("utf-8")
    file.write_text(f"{shared}\n{block}", "utf-8")
    (found,) = options(project, [("deploy", "--config-file", file.name)])
    document = tomllib.loads(block)
    expected = document["default"]["deploy"]["parameters"]["parameter_overrides"]
    assert found["parameter_overrides"] == expected
    check_parameters(expected, template.PATH)
