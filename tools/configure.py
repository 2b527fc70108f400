"""Ask for a deployment's settings, and write them into samconfig.local.toml.

Run as `make configure`. It needs the standard library only, because it runs before anything is
installed. The file is a copy of samconfig.toml with a value for every parameter of the template. It
is used by `sam deploy --config-file samconfig.local.toml`.
"""

import json
import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATE, SHARED, LOCAL = "template.yaml", "samconfig.toml", "samconfig.local.toml"
HEADER = """\
# The settings of your deployment, written by `make configure`. To change them, run it again, or
# edit the last table. A parameter that is not listed keeps the value that the stack has.
#
#     sam build && sam deploy --config-file samconfig.local.toml

"""
TABLE = "default.deploy.parameters.parameter_overrides"
CLEAR = "-"
INTRODUCTION = f"""\
Press Enter to take the value in brackets, or type {CLEAR} for no value.

"""
DONE = """\

{file} is written. Deploy with:

    sam build && sam deploy --config-file {file}
"""

# The subset of YAML that the template's parameters are written in.
PARAMETER = re.compile(r"  (\w+):")
KEY = re.compile(r"    (Default|AllowedPattern|AllowedValues|ConstraintDescription): (.+)")
LIST = re.compile(r"\[(.*)\]")

HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class ConfigureError(Exception):
    """Nothing was written, and why."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the template: what it is by default, and what is allowed."""

    default: str
    pattern: str = ""
    values: tuple[str, ...] = ()
    constraint: str = ""

    def problem(self, value: str) -> str:
        """Return what is wrong with a value, empty for nothing."""
        if not value.isprintable():
            return "must be printable text on one line"
        if self.values:
            return "" if value in self.values else f"must be one of {', '.join(self.values)}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return self.constraint or f"must match {self.pattern}"
        return ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one parameter.

    It is not asked when the parameter `needs` is empty or `pointless`; its parameter then has the
    default. `suggestion` is proposed instead of an empty value. `required` says why it cannot be
    empty.
    """

    name: str
    text: str
    needs: str = ""
    pointless: str = ""
    suggestion: str = ""
    required: str = ""


QUESTIONS = (
    Question("AlarmEmail", "E-mail address for alarms (empty: no alarms)"),
    Question(
        "ScheduleExpression", "When it runs: times such as 09:00, or a cron or rate expression"
    ),
    Question("TimeZone", "Time zone of these times"),
    Question("BlogRepository", "GitHub repository of a blog, as owner/name (empty: no blog)"),
    Question("BlogBranch", "Branch of the blog", needs="BlogRepository"),
    Question(
        "BlogToken",
        "Where the blog's token is: a name in Parameter Store, or a secret's ARN",
        needs="BlogRepository",
        suggestion="/paperboy/github",
        required="is needed by a blog",
    ),
    Question("Announce", "May it tell readers of new papers, as [announce] says: true or false"),
    Question("ReaderEmail", "The first reader's e-mail address (empty: none)", "Announce", "false"),
    Question("Site", "What serves the site to readers: cloudfront or none"),
    Question("SiteDomain", "Your own domain for the site (empty: CloudFront's)", "Site", "none"),
    Question(
        "SiteCertificate",
        "ARN of this domain's certificate in us-east-1",
        needs="SiteDomain",
        required="is needed by a domain",
    ),
)


def read_parameters(text: str) -> dict[str, Parameter]:
    """Return the parameters of a template, by their names.

    Only the keys named above are read, each on one line, as template.yaml has them.
    """
    section = re.split(r"^\w+:.*\n", text.partition("\nParameters:\n")[2], maxsplit=1, flags=re.M)[
        0
    ]
    found: dict[str, dict[str, str]] = {}
    name = ""
    for line in section.splitlines():
        if parameter := PARAMETER.fullmatch(line):
            name = parameter[1]
            found[name] = {}
        elif key := KEY.fullmatch(line):
            found[name][key[1]] = key[2]
    return {name: _parameter(keys) for name, keys in found.items()}


def _parameter(keys: Mapping[str, str]) -> Parameter:
    listed = LIST.fullmatch(keys.get("AllowedValues", "[]"))
    if listed is None:
        raise ConfigureError(f"{TEMPLATE}: AllowedValues must be a list on one line")
    return Parameter(
        default=_scalar(keys.get("Default", "")),
        pattern=_scalar(keys.get("AllowedPattern", "")),
        values=tuple(_scalar(one.strip()) for one in listed[1].split(",") if one.strip()),
        constraint=_scalar(keys.get("ConstraintDescription", "")),
    )


def _scalar(text: str) -> str:
    if text.startswith('"'):
        return str(json.loads(text))
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def current(text: str) -> dict[str, str]:
    """Return the parameters' values of a samconfig.local.toml.

    Raises ConfigureError when it is no TOML, or has no such table.
    """
    try:
        place = tomllib.loads(text)
        for name in TABLE.split("."):
            place = place[name]
        return {name: str(value) for name, value in place.items()}
    except tomllib.TOMLDecodeError as error:
        raise ConfigureError(
            f"{LOCAL} is not valid TOML: {error}; correct it or delete it"
        ) from error
    except (KeyError, AttributeError, TypeError) as error:
        raise ConfigureError(
            f"{LOCAL} has no table [{TABLE}]; add it or delete the file"
        ) from error


def render(shared: str, values: Mapping[str, str]) -> str:
    """Return samconfig.local.toml: all of samconfig.toml, and a value for each parameter."""
    body = shared[shared.index("version = ") :]
    # JSON's strings are TOML's, for printable text.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join([f"{HEADER}{body}", f"[{TABLE}]", *lines, ""])


def ask(
    parameters: Mapping[str, Parameter],
    values: Mapping[str, str],
    answer: Callable[[str], str],
    *,
    again: bool,
) -> dict[str, str]:
    """Return the values of all parameters after the answers to QUESTIONS.

    `answer` is given a prompt and returns a line. After a wrong answer the question is asked
    `again`, or ConfigureError is raised.
    """
    found = dict(values)
    for question in QUESTIONS:
        if question.needs and found[question.needs] in ("", question.pointless):
            found[question.name] = parameters[question.name].default
            continue
        proposal = found[question.name] or question.suggestion
        prompt = f"{question.text} [{proposal}]: "
        while True:
            value = _meant(question.name, answer(prompt).strip(), proposal)
            problem = _problem(question, parameters[question.name], value)
            if not problem:
                break
            if not again:
                raise ConfigureError(f"{question.name}: {problem}")
            prompt = f"{question.name} {problem}.\n{question.text} [{proposal}]: "
        found[question.name] = value
    return found


def _problem(question: Question, parameter: Parameter, value: str) -> str:
    return parameter.problem(value) or ("" if value else question.required)


def _meant(name: str, line: str, proposal: str) -> str:
    if not line:
        return proposal
    if line == CLEAR:
        return ""
    return _schedule(line) if name == "ScheduleExpression" else line


def _schedule(text: str) -> str:
    """Return times such as `09:00, 21:00` as a cron expression, and other text as it is."""
    times = [HOURS.fullmatch(one.strip()) for one in text.split(",")]
    found = [(int(one[1]), int(one[2])) for one in times if one]
    minutes = {minute for _, minute in found}
    # One expression has its hours at the same minute.
    if len(found) != len(times) or len(minutes) != 1:
        return text
    hours = ",".join(str(hour) for hour, _ in sorted(found))
    return f"cron({minutes.pop()} {hours} * * ? *)"


def configure(root: Path, answer: Callable[[str], str], *, again: bool) -> Path:
    """Ask, and write the settings; return the file.

    Raises ConfigureError and leaves the file as it is when it cannot be read or has a wrong value.
    """
    parameters = read_parameters((root / TEMPLATE).read_text("utf-8"))
    values = {name: parameter.default for name, parameter in parameters.items()}
    file = root / LOCAL
    if file.exists():
        kept = current(file.read_text("utf-8"))
        values |= {name: value for name, value in kept.items() if name in parameters}
    values = ask(parameters, values, answer, again=again)
    problems = [
        f"{name} {problem}"
        for name, value in values.items()
        if (problem := parameters[name].problem(value))
    ]
    if problems:
        raise ConfigureError(f"{LOCAL}: {'; '.join(problems)}")
    _replace(file, render((root / SHARED).read_text("utf-8"), values))
    return file


def _replace(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with tempfile.NamedTemporaryFile(
        "w", dir=file.parent, prefix=f".{file.name}.", encoding="utf-8", delete=False
    ) as made:
        try:
            made.write(text)
            made.close()
            Path(made.name).replace(file)
        except BaseException:
            Path(made.name).unlink()
            raise


def main() -> int:
    """Run the questions on the terminal, or on piped answers."""
    sys.stdout.write(INTRODUCTION)
    try:
        file = configure(ROOT, _line, again=sys.stdin.isatty())
    except (ConfigureError, OSError, UnicodeError) as error:
        sys.stderr.write(f"\nconfigure: {error}. Nothing was written.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nconfigure: interrupted. Nothing was written.\n")
        return 130
    sys.stdout.write(DONE.format(file=file.name))
    return 0


def _line(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError:
        name = prompt.rpartition("\n")[2].partition(" [")[0]
        raise ConfigureError(f"the answers end before the question {name!r}") from None


if __name__ == "__main__":
    sys.exit(main())
