"""Spelling variants of keywords and organisations: which names count as one, and how it is shown.

Variants differ in case, in hyphens and spaces, or in the plural of the last word. The search page
does the same in `templates/static/matching.js`, by the same rules.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache

GAPS = r"[\s_\-\u2010-\u2015\u2212]+"
# Endings of a name and what replaces them: the first that matches counts. They are for English and
# the words of this field. A plural that they do not know is a name of its own.
PLURALS = (
    (r"(^| )([cdgnt]pu|gru|api|lm|nn)s$", r"\1\2"),
    (r"(analy|the|diagno)ses$", r"\1sis"),
    (r"(^| )axes$", r"\1axis"),
    (r"matrices$", r"matrix"),
    (r"(vert|ind)ices$", r"\1ex"),
    (r"(^| )(lens|bias|alias|atlas|canvas)es$", r"\1\2"),
    (r"(^| )(lens|bias|alias|atlas|canvas|chaos|means|news|series|smiles|species)$", r"\1\2"),
    (r"(ss|us|is)$", r"\1"),
    (r"(cache|niche|movie|cookie)s$", r"\1"),
    (r"(ss|sh|ch|x)es$", r"\1"),
    (r"([a-z]{2})ies$", r"\1y"),
    (r"([a-z0-9]{3})s$", r"\1"),
)


@cache
def fold(name: str) -> str:
    """Return what all spelling variants of a name have in common; it is not for readers."""
    folded = re.sub(GAPS, " ", unicodedata.normalize("NFKC", name).casefold()).strip()
    if not folded.endswith("s"):
        return folded or name
    for plural, singular in PLURALS:
        made, count = re.subn(plural, singular, folded)
        if count:
            return made
    return folded


def most_frequent(names: Iterable[str]) -> dict[str, str]:
    """Return the most frequent spelling of each name, by its fold.

    Of spellings that are equally frequent it is the first in the order of code points.
    """
    counts = Counter(names)
    ordered = sorted(sorted(counts, reverse=True), key=counts.__getitem__)
    return {fold(name): name for name in ordered}
