"""Facts of a citation, and COinS as Zotero reads them."""

import html
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.edition import payload
from core.model.paper import Paper
from core.model.text import one_line
from core.render import citation, tex
from tests.support import recorded
from tests.support.papers import DAY, paper

# What is in a quoted attribute of HTML after `&` is escaped.
IN_ATTRIBUTE = re.compile(r"[A-Za-z0-9_.~%=&:/-]*")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("paper_id", "doi", "day", "address"),
    [
        ("2512.12345", "10.48550/arXiv.2512.12345", "2025", "https://arxiv.org/abs/2512.12345"),
        ("0704.0001v2", "10.48550/arXiv.0704.0001", "2007", "https://arxiv.org/abs/0704.0001v2"),
        ("cs/9901001", "10.48550/arXiv.cs/9901001", "1999", "https://arxiv.org/abs/cs/9901001"),
        (
            "math.GT/0309136",
            "10.48550/arXiv.math.GT/0309136",
            "2003",
            "https://arxiv.org/abs/math.GT/0309136",
        ),
        ("2513.12345", None, None, "https://huggingface.co/papers/2513.12345"),
        ("2512.123456", None, None, "https://huggingface.co/papers/2512.123456"),
        ("2512.12345\n", None, None, "https://huggingface.co/papers/2512.12345%0A"),
        ("٢512.12345", None, None, "https://huggingface.co/papers/%D9%A2512.12345"),
        ("a paper", None, None, "https://huggingface.co/papers/a%20paper"),
    ],
)
def test_facts_of_an_id(paper_id: str, doi: str | None, day: str | None, address: str) -> None:
    cited = Paper(paper_id, "Title")
    assert citation.doi(cited) == doi
    assert citation.published_on(cited) == day
    assert citation.address(cited) == address


@pytest.mark.parametrize(
    ("published_at", "day"),
    [
        ("2024-11-28T18:57:00.000Z", "2024-11-28"),
        ("2024-11-28", "2024-11-28"),
        ("yesterday", "2025"),
        (None, "2025"),
    ],
)
def test_day_of_publication(published_at: str | None, day: str) -> None:
    assert citation.published_on(paper(published_at=published_at)) == day


def test_coins_of_a_paper() -> None:
    cited = paper(
        title=r"R\&D: 93.3\% of “C++” & <b>",
        authors=("Łukasz Kaiser", "O'Neil", r"Henri Poincar\'e"),
    )
    assert parse_qs(citation.coins(cited), strict_parsing=True) == {
        "ctx_ver": ["Z39.88-2004"],
        "rft_val_fmt": ["info:ofi/fmt:kev:mtx:dc"],
        "rft.type": ["preprint"],
        "rft.title": ["R&D: 93.3% of “C++” & <b>"],
        "rft.au": ["Łukasz Kaiser", "O'Neil", "Henri Poincaré"],
        "rft.date": ["2025-12-23"],
        "rft.publisher": ["arXiv"],
        "rft_id": ["info:doi/10.48550/arXiv.2512.00001"],
        "rft.identifier": ["https://arxiv.org/abs/2512.00001"],
    }


def test_coins_of_an_odd_paper() -> None:
    assert parse_qs(citation.coins(Paper("odd id", "Title")), strict_parsing=True) == {
        "ctx_ver": ["Z39.88-2004"],
        "rft_val_fmt": ["info:ofi/fmt:kev:mtx:dc"],
        "rft.type": ["preprint"],
        "rft.title": ["Title"],
        "rft.identifier": ["https://huggingface.co/papers/odd%20id"],
    }


def test_coins_have_the_first_authors() -> None:
    authors = tuple(f"Author {number}" for number in range(664))
    coins = parse_qs(citation.coins(paper(authors=authors)))
    assert coins["rft.au"] == list(authors[: citation.MOST_AUTHORS])


@given(TEXT, st.lists(TEXT, max_size=3).map(tuple))
def test_coins_hold_any_text(title: str, authors: tuple[str, ...]) -> None:
    coins = citation.coins(paper(title=title, authors=authors))
    assert IN_ATTRIBUTE.fullmatch(coins)
    assert html.unescape(coins.replace("&", "&amp;")) == coins
    read = parse_qs(coins, strict_parsing=True)
    assert read.get("rft.title", [""]) == [tex.shown(title)]
    assert read.get("rft.au", []) == [tex.shown(name) for name in authors if one_line(name)]


@recorded.needs_recorded
@pytest.mark.parametrize("day", recorded.recorded_days(), ids=lambda day: day.name)
def test_coins_of_recorded_days_are_short(day: Path) -> None:
    papers = payload.parse(payload.decode(day.read_bytes(), DAY))
    coins = [citation.coins(one) for one in papers]
    assert all(parse_qs(each)["rft.publisher"] == ["arXiv"] for each in coins)
    assert sum(map(len, coins)) < 800 * len(coins)
