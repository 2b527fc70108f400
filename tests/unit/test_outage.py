"""When a command stops asking a source that is down."""

from collections.abc import Sequence

import pytest

from core.model.errors import (
    PaperboyError,
    PayloadError,
    SettingsError,
    SourceRejected,
    SourceUnavailable,
    StoreError,
)
from handler.cli.outage import Outage
from tests.support.papers import DAY

URL = "https://source.example/api"
DOWN = SourceUnavailable("answered 503", DAY, URL)
REFUSED = SourceRejected("answered 401", DAY, URL)
NOT_RECORDED = SourceRejected("cannot read: No such file or directory", DAY, "answers/a.json")


@pytest.mark.parametrize(
    ("errors", "is_lasting"),
    [
        ([DOWN] * 4, False),
        ([DOWN] * 5, True),
        ([DOWN, DOWN, REFUSED, REFUSED, DOWN], True),
        ([DOWN] * 4 + [None] + [DOWN] * 4, False),
        ([DOWN] * 4 + [PayloadError("is no JSON", DAY, URL), DOWN], False),
        ([NOT_RECORDED] * 9, False),
        ([StoreError("cannot be read", "daily/a.json")] * 9, False),
        ([SettingsError("the token is empty")], True),
        ([SettingsError("the token is empty"), None], True),
    ],
)
def test_when_an_outage_lasts(errors: Sequence[PaperboyError | None], is_lasting: bool) -> None:
    outage = Outage()
    for error in errors:
        outage.note(error)
    assert outage.is_lasting is is_lasting


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (DOWN, SourceUnavailable, "5 days in a row had no answer; 7 days not tried: run the same"),
        (SettingsError("no token"), SettingsError, "7 days not tried: correct the setting"),
    ],
)
def test_what_is_said_of_it(error: PaperboyError, kind: type, said: str) -> None:
    outage = Outage()
    for _ in range(5):
        outage.note(error)
    assert isinstance(outage.error(7), kind)
    assert str(outage.error(7)).startswith(said)
    assert "1 day not tried" in str(outage.error(1))
