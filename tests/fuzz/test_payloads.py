"""Whatever a source answers: papers or our error, in one order, as JSON that its schema allows."""

import gzip
import json
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from core.edition import payload
from core.edition.ranking import rank
from core.model import dates
from core.model.errors import PayloadError
from core.model.paper import Edition, Paper
from core.model.period import Kind, MonthEdition, Period
from core.model.votes import Version, VoteHistory
from core.render import dataset, period, search, votes
from core.render import json as edition_json
from tests.fuzz.strategies import ANYTHING, ENTRIES, Entry, bodies, body, examples
from tests.support import sample
from tests.support.papers import DAY, NOW, entry

DIGEST = "0" * 64
RAW = "raw/2025-12-24/0123456789abcdef.json.gz"


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((sample.ROOT / "schema" / f"{name}.v1.json").read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


SCHEMAS = {name: validator(name) for name in ("edition", "month", "search", "votes")}

# What was found, by name: each was another error than ours, or an output that broke a promise.
FOUND: dict[str, list[Entry]] = {
    "votes of more digits than can be written": [entry(1, upvotes=10**4299)] * 2,
    "votes whose sum has more digits than can be written": [
        entry(number, upvotes=9 * 10**4298) for number in range(1, 13)
    ],
    "a time with 100,000 digits of a second": [
        entry(1, publishedAt="2025-12-24T00:00:00." + "1" * 100_000 + "Z")
    ],
    "a text that is only a control, and an id too": [entry(1, title="\u202e", id="\u202e")],
}


def papers_of(entries: list[Entry]) -> tuple[Paper, ...]:
    """Return the papers of entries; none where the source is not believed."""
    try:
        return payload.parse(payload.decode(body(entries), DAY, "https://source.example"))
    except PayloadError:
        return ()


def edition_of(entries: list[Entry]) -> Edition | None:
    papers = papers_of(entries)
    return Edition(DAY, rank(papers)) if papers else None


@examples(120)
@given(bodies())
def test_bytes_are_papers_or_our_error(answer: bytes) -> None:
    with suppress(PayloadError):
        read = payload.decode(answer, DAY, "https://source.example")
        assert read.body == answer
        assert all(paper.id and paper.title for paper in payload.parse(read))


@examples(120)
@given(ANYTHING)
def test_any_entries_are_papers_or_our_error(entries: list[Entry]) -> None:
    answer = payload.decode(body(entries), DAY)
    with suppress(PayloadError):
        papers = payload.parse(answer)
        assert len({paper.id for paper in papers}) == len(papers) <= len(entries)
        return
    # Once more, for what the error says.
    with pytest.raises(PayloadError) as caught:
        payload.parse(answer)
    assert "2025-12-24" in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", FOUND)
def test_found_entries_give_valid_json_or_our_error(name: str) -> None:
    check_json(FOUND[name])


@examples(60)
@given(ENTRIES, st.randoms(use_true_random=False))
def test_a_rank_is_a_permutation_that_no_shuffle_changes(
    entries: list[Entry], random: Random
) -> None:
    papers = papers_of(entries)
    ranked = rank(papers)
    assert sorted(map(id, ranked)) == sorted(map(id, papers))
    shuffled = list(papers)
    random.shuffle(shuffled)
    assert rank(shuffled) == ranked
    random.shuffle(entries)
    assert [paper.id for paper in rank(papers_of(entries))] == [paper.id for paper in ranked]


@examples(60)
@given(ENTRIES)
def test_json_is_valid_and_reads_back(entries: list[Entry]) -> None:
    check_json(entries)


def check_json(entries: list[Entry]) -> None:
    """Hold all JSON that is made of entries against its schema, and read it back."""
    edition = edition_of(entries)
    if not edition:
        return
    made = edition_json.render(edition)
    SCHEMAS["edition"].validate(json.loads(made))
    assert edition_json.read(made) == edition
    assert edition_json.render(edition_json.read(made)) == made
    check_month(edition)
    check_votes(edition)
    check_search(edition)


def check_month(edition: Edition) -> None:
    listed = MonthEdition(edition, DIGEST, history_digest=DIGEST, published_at=NOW, raw=(RAW,))
    made = period.render(Period(Kind.MONTH, dates.first_of_month(DAY), (listed,)))
    SCHEMAS["month"].validate(json.loads(made))


def check_votes(edition: Edition) -> None:
    counts = {paper.id: paper.votes for paper in edition.papers}
    history = VoteHistory(DAY, ((NOW, counts),), (Version(NOW, DIGEST, RAW),))
    made = votes.render(history)
    SCHEMAS["votes"].validate(json.loads(made))
    assert votes.read(made) == history


def check_search(edition: Edition) -> None:
    first = dates.first_of_month(DAY)
    made = search.render(first, [DAY], {DAY: edition}, None)
    SCHEMAS["search"].validate(json.loads(made))
    assert search.render(first, search.days(made, first), {}, made) == made
    rows = gzip.decompress(dataset.papers(edition)).decode().split("\n")[:-1]
    assert [json.loads(row)["id"] for row in rows] == [paper.id for paper in edition.papers]
    assert all(len(row.splitlines()) == 1 for row in rows)


@examples(30)
@given(ENTRIES, ENTRIES)
def test_pages_joined_are_the_days_entries(one: list[Entry], two: list[Entry]) -> None:
    pages = [payload.decode(body(part), DAY) for part in (one, two)]
    joined = payload.join(pages)
    assert joined.entries == payload.decode(joined.body, DAY).entries
    assert json.loads(joined.body) == json.loads(body(one + two))
