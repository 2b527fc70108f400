"""Split a post into front matter and body, and change front matter line by line.

A post's author may have put any YAML into it. So it is not parsed as YAML: lines that do not change
stay as they are, byte for byte.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

FRONT_MATTER = re.compile(
    rb"((?:\xef\xbb\xbf)?---[ \t]*\r?\n)(.*?)((?<=\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z))", re.DOTALL
)
MEMBER = re.compile(
    r"(?P<quote>[\"']?)(?P<key>\w[\w.-]*)(?P=quote)[ \t]*:(?=\s)(?P<value>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Front matter as its members: each a key and its text, which may go over several lines.

    A comment, and text before the first key, have the key "".
    """

    first: str
    members: tuple[tuple[str, str], ...]
    last: str

    def value(self, key: str) -> str | None:
        """Return the text after a key, as it is written, or None where there is no such key."""
        texts = [text for name, text in self.members if name == key]
        found = MEMBER.match(texts[-1]) if texts else None
        return found["value"].strip() if found else None

    def put(self, key: str, value: str, after: Sequence[str] = ()) -> "FrontMatter":
        """Return the front matter with this value for a key.

        A new key comes after the first key of `after` that exists, or else last.
        """
        if self.value(key) == value:
            return self
        ending = "\r\n" if self.first.endswith("\r\n") else "\n"
        others = [member for member in self.members if member[0] != key]
        keys = [name for name, _ in self.members]
        if key in keys:
            place = keys.index(key)
        else:
            place = next((keys.index(name) + 1 for name in after if name in keys), len(keys))
        others.insert(place, (key, f"{key}: {value}{ending}"))
        return replace(self, members=tuple(others))

    def encode(self) -> bytes:
        """Return the front matter's bytes, with the lines around it."""
        text = self.first + "".join(text for _, text in self.members) + self.last
        return text.encode("utf-8", "surrogateescape")


def split(post: bytes) -> tuple[bytes, bytes] | None:
    """Return a post's front matter, with the lines around it, and its body.

    None if the post does not begin with front matter, or if the front matter does not end.
    """
    found = FRONT_MATTER.match(post)
    return (found[0], post[found.end() :]) if found else None


def body(post: bytes) -> bytes:
    """Return a post without its front matter; all of it where there is none."""
    parts = split(post)
    return parts[1] if parts else post


def parse(head: bytes) -> FrontMatter:
    """Return the members of front matter that `split` found."""
    found = FRONT_MATTER.fullmatch(head)
    if not found:
        raise ValueError("not front matter")
    first, text, last = (part.decode("utf-8", "surrogateescape") for part in found.groups())
    members: list[tuple[str, str]] = []
    for line in re.findall(r"[^\n]*\n", text):
        member = MEMBER.match(line)
        if member or line.startswith("#") or not members:
            members.append((member["key"] if member else "", line))
        else:
            key, before = members[-1]
            members[-1] = key, before + line
    return FrontMatter(first, tuple(members), last)
