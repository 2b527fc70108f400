"""GitHub's own GraphQL schema, which `make test` fetches: what a request may ask, and how."""

import base64
import binascii
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema, build_ast_schema, parse

SCHEMA = Path(__file__).resolve().parents[3] / "build/github-schema/schema.graphql"

needs_github = pytest.mark.skipif(
    not SCHEMA.is_file() and os.environ.get("CI") != "true",
    reason="GitHub's schema is not there: make test fetches it with npm",
)


@cache
def github_schema() -> GraphQLSchema:
    """Build the schema, which takes a second; it is GitHub's, so nobody need check it."""
    document = parse(SCHEMA.read_text(encoding="utf-8"), no_location=True)
    schema = build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)
    _read_as(schema, "GitObjectID", _oid)
    _read_as(schema, "Base64String", _decoded)
    return schema


def _read_as(schema: GraphQLSchema, name: str, read: Callable[[Any], Any]) -> None:
    scalar = schema.type_map[name]
    assert isinstance(scalar, GraphQLScalarType)
    scalar.coerce_input_value = read


def _oid(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{40}", value):
        raise GraphQLError("This is no oid.")
    return value


def _decoded(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise GraphQLError("This is no base64.") from None
