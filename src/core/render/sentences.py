"""The first sentence of an abstract, for places that have no room for all of it."""

import re

MOST_CHARACTERS = 300

# A full stop, question or exclamation mark with the quotes and brackets that it closes, then white
# space; the marks of Chinese and Japanese need no white space.
END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[\"'”’»」』）)\]]*")
OPENERS = "\"'“‘«(["
BEFORE_WORD = re.compile(rf"[\s{re.escape(OPENERS)}]")

# Abbreviations without their last full stop. After these a sentence goes on.
GO_ON = re.compile(
    r"a\.k\.a|approx|cf|dr|e\.?g|i\.?e|incl|mrs?|ms|prof|resp|st|u\.[ks]|viz|vs|w\.r\.t",
    re.IGNORECASE,
)
# These go on before a number or a bracket only: "Fig. 3", "et al. (2017)".
GO_ON_TO_NUMBERS = re.compile(r"al|app|chap|(eq|fig|no|ref|sec|tab)s?|pp?|vol", re.IGNORECASE)
NUMBER = re.compile(r"[(\[\d]")
INITIAL = re.compile(r"[A-Z]|\d+")


def first_sentence(text: str) -> str:
    """Return the first sentence of a text on one line, or its beginning if that is too long.

    What is returned has at most 300 characters. What is cut ends at a word, with "…".
    """
    text = text.strip()
    for end in END.finditer(text[: MOST_CHARACTERS + 2]):
        if _is_end(text, end):
            return _cut(text[: end.end()])
    return _cut(text)


def _is_end(text: str, end: re.Match[str]) -> bool:
    """Whether a sentence ends with this mark, by the words before and after it."""
    before = text[: end.start()]
    if before.count("(") > before.count(")") + end[0].count(")"):
        return False
    after = text[end.end() :].lstrip()
    # A word such as "vLLM" begins a sentence; a word in small letters does not.
    next_word = after.lstrip(OPENERS).partition(" ")[0]
    if next_word.islower():
        return False
    if not end[0].startswith("."):
        return True
    word = BEFORE_WORD.split(before)[-1]
    if GO_ON.fullmatch(word):
        return False
    if GO_ON_TO_NUMBERS.fullmatch(word):
        return not NUMBER.match(after)
    # The initial of a name; the number of a list's first item.
    return not (INITIAL.fullmatch(word) and (word.isalpha() or word == before))


def _cut(text: str) -> str:
    """Return a text, or its beginning if it is too long."""
    if len(text) <= MOST_CHARACTERS:
        return text
    beginning = text[:MOST_CHARACTERS]
    words, space, _ = beginning.rpartition(" ")
    return (words if space else beginning[:-1]).rstrip(" ,;:–-") + "…"
