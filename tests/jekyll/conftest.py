"""These tests need Jekyll: in CI they fail without it, elsewhere they skip."""

import os

import pytest

from tests.support.jekyll import jekyll_missing


@pytest.fixture(scope="session", autouse=True)
def _needs_jekyll() -> None:
    reason = jekyll_missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
