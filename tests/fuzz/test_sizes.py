"""A day at its limits makes files that a function of 512 MB writes and a reader can load."""

import pytest

from core.edition import limits
from core.model.report import Status
from core.publish import run
from tests.fuzz.strategies import Entry
from tests.fuzz.test_keys import ports
from tests.support import fakes
from tests.support.fakes import DAY, MemoryBlog, MemoryStore, entry

PART = 120_000
LARGEST, WHOLE = 32 * 2**20, 128 * 2**20
# What grows most when it is escaped: a quote is five characters in HTML, and nine in Atom.
QUOTES = "'" * PART


def filled(**fields: object) -> list[Entry]:
    """Return as many entries with these fields as a day has room for."""
    count = limits.MOST_OF_A_DAY // (PART + 200)
    return [entry(number, **{"summary": None, "title": "t", **fields}) for number in range(count)]


@pytest.mark.parametrize("field", ["title", "summary"])
def test_no_day_makes_large_files(field: str) -> None:
    store = MemoryStore()
    made = ports(filled(**{field: QUOTES}), DAY, store, MemoryBlog())
    (edition,) = run(fakes.request(DAY, force=True), made).editions
    assert edition.status == Status.PUBLISHED
    sizes = [len(artifact.body) for artifact in store.objects.values()]
    assert max(sizes) < LARGEST
    assert sum(sizes) < WHOLE
