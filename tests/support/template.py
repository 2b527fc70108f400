"""The templates, read as CloudFormation reads them."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.recorded import REPOSITORY

PATH = REPOSITORY / "template.yaml"
ANALYTICS = REPOSITORY / "infra" / "analytics.yaml"
GITHUB_DEPLOY = REPOSITORY / "infra" / "github-deploy.yaml"
# Those that need nothing but their argument.
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "Fn::Select": lambda argument: argument[1][int(argument[0])],
    "Fn::Split": lambda argument: argument[1].split(argument[0]),
    "Fn::Join": lambda argument: argument[0].join(argument[1]),
    "Fn::Contains": lambda argument: argument[1] in argument[0],
    "Fn::Equals": lambda argument: argument[0] == argument[1],
    "Fn::Not": lambda argument: not argument[0],
    "Fn::And": all,
    "Fn::Or": any,
}


def load(path: Path = PATH) -> dict[str, Any]:
    """Return a template, its short tags in their long form: `!Ref X` is `{"Ref": "X"}`."""
    template: dict[str, Any] = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (it is safe)
    return template


def allows(parameter: Mapping[str, Any], value: str) -> bool:
    """Tell whether CloudFormation takes a value for a parameter."""
    if parameter["Type"] == "Number":
        in_range = parameter.get("MinValue", 0) <= int(value) <= parameter.get("MaxValue", 10**9)
        return in_range and int(value) in parameter.get("AllowedValues", [int(value)])
    if "AllowedValues" in parameter:
        return value in parameter["AllowedValues"]
    return bool(re.fullmatch(parameter.get("AllowedPattern", ".*"), value))


class Stack:
    """What CloudFormation makes of the template for one stack.

    `known` are its parameters, else their defaults hold, and what else there is to refer to,
    such as `Bucket` or `Bucket.Arn`; what refers to anything else stays as it is.
    """

    def __init__(self, template: Mapping[str, Any], known: Mapping[str, str]) -> None:
        self._template = template
        defaults = {
            name: str(parameter["Default"])
            for name, parameter in template["Parameters"].items()
            if "Default" in parameter
        }
        self._known = {**defaults, **known}

    def made(self, section: str) -> dict[str, Any]:
        """Return what there is of a section, without functions: its parts whose condition holds."""
        return {
            name: self.resolved(part)
            for name, part in self._template[section].items()
            if "Condition" not in part or self.holds(part["Condition"])
        }

    def resolved(self, value: Any) -> Any:
        """Return a value without functions; None stands for `AWS::NoValue`, and is left out."""
        if isinstance(value, list):
            items = [self.resolved(item) for item in value]
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Fn::If":
                condition, then, otherwise = argument
                return self.resolved(then if self.holds(condition) else otherwise)
            if name.startswith("Fn::") or name in ("Ref", "Condition"):
                return self._called(name, self.resolved(argument), value)
        parts = {name: self.resolved(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None}

    def holds(self, condition: str) -> bool:
        """Tell whether a condition of the template holds."""
        return bool(self.resolved(self._template["Conditions"][condition]))

    def _called(self, name: str, argument: Any, call: dict[str, Any]) -> Any:
        match name:
            case "Ref":
                return None if argument == "AWS::NoValue" else self._known.get(argument, call)
            case "Fn::GetAtt":
                return self._known.get(".".join(argument), call)
            case "Fn::Sub":
                text, own = argument if isinstance(argument, list) else (argument, {})
                known = {**self._known, **own}
                return re.sub(r"\$\{([^}]+)\}", lambda m: str(known.get(m[1], m[0])), text)
            case "Condition":
                return self.holds(argument) if isinstance(argument, str) else call
        return FUNCTIONS[name](argument) if name in FUNCTIONS else call


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which knows no tags, with those of CloudFormation."""


def _long_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value = _value(loader, node)
    if name in ("Ref", "Condition"):
        return {name: value}
    return {f"Fn::{name}": value.split(".", 1) if name == "GetAtt" else value}


def _value(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    raise ValueError(f"a short tag on {node}")


_Loader.add_multi_constructor("!", _long_form)
