"""`make configure`: its questions, what it accepts, and the file that it writes."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tools import configure

from tests.support import template
from tests.support.recorded import REPOSITORY

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:paperboy-a1B2c3"  # noqa: S105 (its name)
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234"
# Every parameter that a question is about, and one that none is about, as the template has them.
TEMPLATE = r"""
Parameters:
  ScheduleExpression:
    Type: String
    Description: >-
      When to run.
    Default: cron(0 11,23 * * ? *)
    AllowedPattern: ^(cron\([^()]+\)|rate\([0-9]+ (minutes?|hours?|days?)\))$
    ConstraintDescription: must be like cron(0 11,23 * * ? *) or rate(12 hours)
  TimeZone:
    Default: Asia/Seoul
    AllowedPattern: ^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$
  KeyPrefix:
    Default: ""
    # No * or ?, which a policy would read as wildcards.
    AllowedPattern: ^([A-Za-z0-9_-]+/)*$
  Site:
    Default: none
    AllowedValues: [cloudfront, none]
  SiteDomain:
    Default: ""
    AllowedPattern: ^([a-z0-9-]+(\.[a-z0-9-]+)+)?$
  SiteCertificate:
    Default: ""
    AllowedPattern: ^(arn:aws:acm:us-east-1:[0-9]{12}:certificate/[A-Za-z0-9-]+)?$
  BlogRepository:
    Default: ""
    AllowedPattern: ^([A-Za-z0-9-]+/[A-Za-z0-9._-]+)?$
    ConstraintDescription: must be empty, or like owner/name
  BlogBranch:
    Default: main
    AllowedPattern: ^\S+$
  BlogToken:
    Default: ""
    AllowedPattern: ^((/[A-Za-z0-9_.-]+)+|arn:aws:secretsmanager:\S+)?$
    ConstraintDescription: must be empty, a parameter's name, or a secret's full ARN
  Announce:
    Default: "false"
    AllowedValues: ["true", "false"]
  ReaderEmail:
    Default: ""
    AllowedPattern: ^([^@\s]+@[^@\s]+)?$
  AlarmEmail:
    Default: ""
    AllowedPattern: ^([^@\s]+@[^@\s]+)?$
    ConstraintDescription: must be empty, or an e-mail address such as ada@example.com

Rules:
  Other:
    Default: ignored
"""
DEFAULTS = {
    "ScheduleExpression": "cron(0 11,23 * * ? *)",
    "TimeZone": "Asia/Seoul",
    "KeyPrefix": "",
    "Site": "none",
    "SiteDomain": "",
    "SiteCertificate": "",
    "BlogRepository": "",
    "BlogBranch": "main",
    "BlogToken": "",
    "Announce": "false",
    "ReaderEmail": "",
    "AlarmEmail": "",
}
SHARED = (REPOSITORY / "samconfig.toml").read_text("utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE, "utf-8")
    (tmp_path / "samconfig.toml").write_text(SHARED, "utf-8")
    return tmp_path


class Prompts(list[str]):
    """Gives prepared answers, by a beginning of the question, and keeps the prompts; else Enter."""

    def __init__(self, **answers: str) -> None:
        super().__init__()
        self._answers = {name: line.split("|") for name, line in answers.items()}

    def __call__(self, prompt: str) -> str:
        self.append(prompt)
        asked = prompt.splitlines()[-1]
        name = next(one.name for one in configure.QUESTIONS if asked.startswith(one.text))
        lines = self._answers.get(name)
        return lines.pop(0) if lines else ""

    def names(self) -> list[str]:
        asked = [prompt.splitlines()[-1] for prompt in self]
        return [
            one.name for line in asked for one in configure.QUESTIONS if line.startswith(one.text)
        ]


def written(project: Path) -> dict[str, str]:
    """Return the parameters of the file, which has all of samconfig.toml besides."""
    document = tomllib.loads((project / configure.LOCAL).read_text("utf-8"))
    parameters: dict[str, str] = document["default"]["deploy"]["parameters"].pop(
        "parameter_overrides"
    )
    assert document == tomllib.loads(SHARED)
    return parameters


def answers(project: Path, **lines: str) -> dict[str, str]:
    configure.configure(project, Prompts(**lines), again=False)
    return written(project)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ({}, {}),
        ({"AlarmEmail": " ada@example.com "}, {"AlarmEmail": "ada@example.com"}),
        ({"ScheduleExpression": "09:00"}, {"ScheduleExpression": "cron(0 9 * * ? *)"}),
        ({"ScheduleExpression": "21:30, 9:30"}, {"ScheduleExpression": "cron(30 9,21 * * ? *)"}),
        ({"ScheduleExpression": "rate(12 hours)"}, {"ScheduleExpression": "rate(12 hours)"}),
        (
            {"BlogRepository": "ada/blog"},
            {"BlogRepository": "ada/blog", "BlogToken": "/paperboy/github"},
        ),
        (
            {"BlogRepository": "ada/blog", "BlogBranch": "pages", "BlogToken": SECRET},
            {"BlogRepository": "ada/blog", "BlogBranch": "pages", "BlogToken": SECRET},
        ),
        (
            {"Announce": "true", "ReaderEmail": "ada@example.com"},
            {"Announce": "true", "ReaderEmail": "ada@example.com"},
        ),
        ({"Site": "cloudfront"}, {"Site": "cloudfront"}),
        (
            {"Site": "cloudfront", "SiteDomain": "a.example", "SiteCertificate": CERTIFICATE},
            {"Site": "cloudfront", "SiteDomain": "a.example", "SiteCertificate": CERTIFICATE},
        ),
    ],
)
def test_every_parameter_is_written(
    project: Path, lines: dict[str, str], expected: dict[str, str]
) -> None:
    assert answers(project, **lines) == DEFAULTS | expected


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ({"AlarmEmail": "ada"}, "AlarmEmail: must be empty, or an e-mail address"),
        ({"ScheduleExpression": "25:00"}, "ScheduleExpression: must be like cron"),
        ({"ScheduleExpression": "09:00, 21:30"}, "ScheduleExpression: must be like cron"),
        ({"TimeZone": "in Seoul"}, "TimeZone: must match"),
        ({"TimeZone": "Asia/Se\x1boul"}, "TimeZone: must be printable text"),
        ({"Site": "yes"}, "Site: must be one of cloudfront, none"),
        ({"BlogRepository": "ada"}, "BlogRepository: must be empty, or like owner/name"),
        ({"BlogRepository": "ada/blog", "BlogToken": "-"}, "BlogToken: is needed by a blog"),
        ({"BlogRepository": "ada/blog", "BlogToken": "ghp_x"}, "BlogToken: must be empty, a "),
        ({"Site": "cloudfront", "SiteDomain": "a.example"}, "SiteCertificate: is needed"),
    ],
)
def test_a_wrong_answer_changes_nothing(project: Path, lines: dict[str, str], problem: str) -> None:
    with pytest.raises(configure.ConfigureError) as raised:
        answers(project, **lines)
    assert str(raised.value).startswith(problem)
    assert "ghp_x" not in str(raised.value)
    assert sorted(path.name for path in project.iterdir()) == ["samconfig.toml", "template.yaml"]


def test_a_person_is_asked_again(project: Path) -> None:
    prompts = Prompts(AlarmEmail="ada|ada@example.com")
    configure.configure(project, prompts, again=True)
    assert written(project)["AlarmEmail"] == "ada@example.com"
    assert prompts[1].startswith("AlarmEmail must be empty, or an e-mail address")


def test_questions_that_change_nothing_are_not_asked(project: Path) -> None:
    prompts = Prompts()
    configure.configure(project, prompts, again=False)
    assert prompts.names() == [
        *("AlarmEmail", "ScheduleExpression", "TimeZone", "BlogRepository", "Announce", "Site")
    ]


def test_the_second_time_it_proposes_what_is_written(project: Path) -> None:
    first = answers(project, AlarmEmail="ada@example.com", BlogRepository="ada/blog")
    prompts = Prompts()
    configure.configure(project, prompts, again=False)
    assert written(project) == first
    assert "[ada@example.com]" in prompts[0]
    assert answers(project, AlarmEmail="-", BlogRepository="-") == DEFAULTS


def test_edited_values_stay_and_unknown_ones_go(project: Path) -> None:
    answers(project)
    file = project / configure.LOCAL
    edited = file.read_text("utf-8").replace('KeyPrefix = ""', 'KeyPrefix = "ai/"\nOther = "1"')
    file.write_text(edited, "utf-8")
    assert answers(project) == DEFAULTS | {"KeyPrefix": "ai/"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text + "= broken", "samconfig.local.toml is not valid TOML"),
        (lambda text: text.partition("[default.deploy")[0], "samconfig.local.toml has no table"),
        (lambda text: text.replace('KeyPrefix = ""', 'KeyPrefix = "*"'), "KeyPrefix must match"),
    ],
)
def test_a_broken_file_is_named_and_kept(
    project: Path, change: Callable[[str], str], problem: str
) -> None:
    answers(project)
    file = project / configure.LOCAL
    broken = change(file.read_text("utf-8"))
    file.write_text(broken, "utf-8")
    with pytest.raises(configure.ConfigureError, match=problem):
        answers(project)
    assert file.read_text("utf-8") == broken


def test_answers_that_end_early_write_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    def end(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr(configure, "ROOT", project)
    monkeypatch.setattr("builtins.input", end)
    assert configure.main() == 1
    assert "the answers end before the question 'E-mail address for" in capsys.readouterr().err
    assert not (project / configure.LOCAL).exists()


def test_it_reads_the_template_as_yaml_does() -> None:
    read = configure.read_parameters(template.PATH.read_text("utf-8"))
    expected = {
        name: configure.Parameter(
            default=str(keys["Default"]),
            pattern=keys.get("AllowedPattern", ""),
            values=tuple(map(str, keys.get("AllowedValues", ()))),
            constraint=keys.get("ConstraintDescription", ""),
        )
        for name, keys in template.load()["Parameters"].items()
    }
    assert read == expected


def test_it_asks_about_parameters_of_the_template() -> None:
    parameters = template.load()["Parameters"]
    asked = {question.name for question in configure.QUESTIONS}
    asked |= {question.needs for question in configure.QUESTIONS if question.needs}
    assert asked <= parameters.keys()
    for question in configure.QUESTIONS:
        assert not question.suggestion or template.allows(
            parameters[question.name], question.suggestion
        )


def test_the_settings_stay_out_of_git() -> None:
    assert configure.LOCAL in (REPOSITORY / ".gitignore").read_text("utf-8").splitlines()
