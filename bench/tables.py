"""Tables that read well in a terminal and as Markdown: numbers to the right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import median

# What a second and a byte are in the tables' units.
MILLISECONDS = 1000
MEGABYTE = 1e-6


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head; the first column holds names, the others numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """Return the table as aligned Markdown."""
        columns = zip_longest(self.head, *self.rows, fillvalue="")
        widths = [max(map(len, column)) for column in columns]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        return "\n".join(_line(row, widths) for row in (self.head, rule, *self.rows))


def spread(numbers: Sequence[float], digits: int = 0, to: str = "–") -> str:
    """Return the median with the lowest and the highest: `412 (398–455)`."""
    middle, low, high = (
        f"{number:.{digits}f}" for number in (median(numbers), min(numbers), max(numbers))
    )
    return f"{middle} ({low}{to}{high})"


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    texts = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(texts)} |"
