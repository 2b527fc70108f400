"""What every source promises: the fake, recorded files, and the API over HTTP."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from math import inf
from pathlib import Path

import pytest

from adapters.huggingface import HuggingFaceSource
from adapters.recorded import RecordedSource
from core.edition import payload
from core.model.errors import PayloadError
from core.model.ports import PaperSource
from tests.support.fakes import FakeSource
from tests.support.papers import DAY, answer, entry
from tests.support.servers import replay_huggingface

Make = Callable[[Mapping[date, bytes]], PaperSource]
NEXT = DAY + timedelta(days=1)
WEEKEND = DAY + timedelta(days=3)


@pytest.fixture(params=["fake", "file", "directory", "gzipped", "http"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:

        def make(answers: Mapping[date, bytes]) -> PaperSource:
            match request.param:
                case "fake":
                    return FakeSource(dict(answers))
                case "http":
                    days = {str(day): body for day, body in answers.items()}
                    server = stack.enter_context(replay_huggingface(days))
                    return HuggingFaceSource(server.url, lambda: inf)
            for day, body in answers.items():
                packed = gzip.compress(body) if request.param == "gzipped" else body
                (tmp_path / f"{day}.json").write_bytes(packed)
            return RecordedSource(tmp_path / f"{DAY}.json" if request.param == "file" else tmp_path)

        yield make


def test_the_payload_is_untouched(source: Make) -> None:
    body = b'[ {"paper":{"id":"1", "x":"\xed\x95\x9c"}} ]\n'
    fetched = source({DAY: body}).fetch(DAY)
    assert fetched.body == body
    assert fetched.day == DAY
    assert fetched.entries == ({"paper": {"id": "1", "x": "한"}},)


def test_an_empty_day_has_no_entries(source: Make) -> None:
    assert source({DAY: b"[]"}).fetch(DAY).entries == ()


@pytest.mark.parametrize("body", [b"<html>", b'{"error": "x"}', b"", b"[1"])
def test_what_is_no_answer_is_a_payload_error(source: Make, body: bytes) -> None:
    with pytest.raises(PayloadError, match="2025-12-24"):
        source({DAY: body}).fetch(DAY)


def test_a_payload_can_be_read_again_from_its_bytes(source: Make) -> None:
    fetched = source({DAY: answer(*(entry(n) for n in range(1, 8)))}).fetch(DAY)
    assert payload.decode(fetched.body, DAY).entries == fetched.entries
