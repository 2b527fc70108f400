"""The template, read as CloudFormation reads it."""

from typing import Any

import yaml

from tests.support.recorded import REPOSITORY

PATH = REPOSITORY / "template.yaml"


def load() -> dict[str, Any]:
    """Return the template, its short tags in their long form: `!Ref X` is `{"Ref": "X"}`."""
    template: dict[str, Any] = yaml.load(PATH.read_text("utf-8"), _Loader)  # noqa: S506 (it is safe)
    return template


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
