"""The real Jekyll: build posts with it, and read the fields of their papers from the HTML."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

TIMEOUT_SECONDS = 300
MARKER = "built from "
LAYOUT = f"<!-- {MARKER}{{{{ page.path }}}} -->\n{{{{ content }}}}"
CONFIG = """\
markdown: kramdown
timezone: Asia/Seoul
future: {future}
permalink: {permalink}
defaults:
  - scope: {{path: ""}}
    values: {{layout: bare}}
"""
PERMALINK = "/:year/:month/:day/:title.html"
# Typographic characters that kramdown makes, and what they are made of.
TYPOGRAPHY = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "—": "---", "–": "--"}
)
VOID = {"br", "hr", "img", "input", "wbr", "col", "area", "base", "embed", "link", "meta"}


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a post, as it is shown.

    `links` are the addresses in its nested list; `intruders` names each element and comment that
    stands where only text belongs.
    """

    title: str
    organisation: str
    abstract: str
    links: tuple[str, ...]
    intruders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """One entry of a post in the layout "brief", as it is shown.

    `url` is the title's address, `links` are the names and addresses in the list; a text without
    its label is empty where it is missing. `intruders` are as in `Field`.
    """

    title: str
    url: str
    summary: str
    abstract: str
    people: str
    links: tuple[tuple[str, str], ...]
    intruders: tuple[str, ...]


@dataclass(slots=True)
class Node:
    """An element of a page; its children are elements and texts."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Node | str]" = field(default_factory=list)

    def elements(self, *tags: str) -> "list[Node]":
        """Return the child elements of these names, or all."""
        nodes = [child for child in self.children if isinstance(child, Node)]
        return [node for node in nodes if not tags or node.tag in tags]

    def descendants(self) -> "Iterator[Node]":
        """Return the elements at any depth, in document order."""
        for node in self.elements():
            yield node
            yield from node.descendants()

    def text(self) -> str:
        """Return the text at any depth."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


def jekyll_missing() -> str | None:
    """Return why Jekyll cannot be run here, or None."""
    return None if shutil.which("jekyll") else "jekyll is not installed"


def build_site(
    posts: Mapping[str, str],
    directory: Path,
    *,
    future: bool = True,
    permalink: str = PERMALINK,
    now: datetime | None = None,
) -> dict[str, str]:
    """Build a minimal Jekyll site in a directory, and return each post's HTML by its name.

    A post's name is its file name without `.md`. Posts that Jekyll leaves out (without `future`,
    those of tomorrow) are not in the answer, nor is one whose address another one has, too. `now`
    is the time that the build takes place at, if not now. Raises RuntimeError when Jekyll fails.
    """
    for name, text in posts.items():
        _write(directory / "_posts" / f"{name}.md", text)
    _write(directory / "_layouts" / "bare.html", LAYOUT)
    config = CONFIG.format(future=str(future).lower(), permalink=permalink)
    _write(directory / "_config.yml", config + (f"time: {now.isoformat()}\n" if now else ""))
    result = subprocess.run(
        ["jekyll", "build", "--quiet", "--disable-disk-cache"],
        cwd=directory,
        env=os.environ | {"LANG": "C.UTF-8", "JEKYLL_NO_BUNDLER_REQUIRE": "true"},
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"jekyll build failed: {result.stderr.decode(errors='replace')}")
    pages = (page.read_text(encoding="utf-8") for page in directory.glob("_site/**/*.html"))
    return dict(_name_and_content(page) for page in pages)


def fields(html: str) -> list[Field]:
    """Return the entries of a post's ranked list; an empty list if there is none."""
    rankings = _parsed(html).elements("ol")
    return [_field(item) for item in rankings[0].elements("li")] if rankings else []


def briefs(html: str) -> list[Brief]:
    """Return the entries of a ranked list in the layout "brief"."""
    rankings = _parsed(html).elements("ol")
    return [_brief(item) for item in rankings[0].elements("li")] if rankings else []


def rose(html: str) -> list[tuple[str, str]]:
    """Return the titles and addresses of the list that ends a post in the layout "brief"."""
    items = [item for node in _parsed(html).elements("ul") for item in node.elements("li")]
    nodes = [list(item.descendants()) for item in items]
    assert all([node.tag for node in found] == ["strong", "a"] for found in nodes)
    return [(link.text(), link.attributes.get("href", "")) for _, link in nodes]


def topics(html: str) -> list[tuple[str, list[str], list[str]]]:
    """Return the sections of topics: heading, texts of the items, and the addresses in these.

    Raises AssertionError where an element stands that does not belong there.
    """
    found: list[tuple[str, list[str], list[str]]] = []
    for node in _parsed(html).elements():
        if node.tag == "h2" and node.text().startswith("📌 "):
            assert node.elements() == []
            found.append((node.text(), [], []))
        elif node.tag == "ul" and found:
            for item in node.elements("li"):
                tags = [one.tag for one in item.descendants()]
                assert tags == ["strong", "a"], item.text()
                found[-1][1].append(item.text())
                found[-1][2].extend(one.attributes.get("href", "") for one in item.descendants())
    return found


def fold(text: str) -> str:
    """Return the text without its differences of white space and typography, to compare."""
    return " ".join(text.translate(TYPOGRAPHY).split())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _name_and_content(page: str) -> tuple[str, str]:
    marker, _, content = page.partition("\n")
    found = re.fullmatch(rf"<!-- {MARKER}_posts/(.*)\.md -->", marker)
    if not found:
        raise RuntimeError(f"not a post's page: {marker}")
    return found[1], content


class _Builder(HTMLParser):
    """Builds the tree of a page. Unclosed elements end with what they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("page")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        depths = [depth for depth, node in enumerate(self.open) if depth and node.tag == tag]
        if depths:
            del self.open[depths[-1] :]

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        self.open[-1].children.append(Node("comment", {"text": data}))


def _parsed(html: str) -> Node:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.open[0]


def _field(item: Node) -> Field:
    """Read one item of the ranked list: a bold title and the votes, then a list of details."""
    head, lists = _head_and_lists(item)
    titles = [node for node in head if node.tag == "strong"][:1]
    details = [detail for node in lists for detail in node.elements("li")]
    texts = [*titles, *details[:1], *details[-1:]]
    intruders = [node for text in texts for node in text.descendants()]
    intruders += [node for node in head if node not in titles] + lists[1:]
    links = (node for detail in details[1:-1] for node in detail.descendants() if node.tag == "a")
    return Field(
        title="".join(title.text() for title in titles),
        organisation="".join(map(_without_label, details[:1])),
        abstract="".join(map(_without_label, details[1:][-1:])),
        links=tuple(link.attributes.get("href", "") for link in links),
        intruders=tuple(node.tag for node in intruders),
    )


def _brief(item: Node) -> Brief:
    """Read one item: the title, a paragraph, a fold, and a list whose last item has the links."""
    paragraphs, folds, lists = (item.elements(tag) for tag in ("p", "details", "ul"))
    # With nothing but a title and links, the item has no paragraph.
    head, *texts = paragraphs or [item]
    titles = head.elements("strong")
    anchors = [node for title in titles for node in title.elements("a")]
    details = [detail for node in lists for detail in node.elements("li")]
    links = [node for detail in details[-1:] for node in detail.elements("a")]
    bodies = [_without(fold, "summary") for fold in folds]
    plain = [*anchors, *texts, *bodies, *details[:-1], *links]
    intruders = [node for text in plain for node in text.descendants()]
    intruders += [node for title in titles for node in title.elements() if node not in anchors]
    intruders += [
        node for node in item.elements() if node.tag not in ("p", "details", "ul", "strong")
    ]
    intruders += [*titles[1:], *anchors[1:], *texts[1:], *folds[1:], *lists[1:]]
    return Brief(
        title="".join(anchor.text() for anchor in anchors),
        url="".join(anchor.attributes.get("href", "") for anchor in anchors),
        summary="".join(map(_without_label, texts)),
        abstract="".join(body.text() for body in bodies),
        people="".join(map(_without_label, details[:-1])),
        links=tuple((link.text(), link.attributes.get("href", "")) for link in links),
        intruders=tuple(node.tag for node in intruders),
    )


def _without(node: Node, tag: str) -> Node:
    """Return a node without its child elements of a name."""
    kept = [child for child in node.children if isinstance(child, str) or child.tag != tag]
    return Node(node.tag, node.attributes, kept)


def _head_and_lists(item: Node) -> tuple[list[Node], list[Node]]:
    """Part an item's elements; items that have blank lines between them hold a paragraph."""
    paragraphs = item.elements("p")
    nodes = [node for node in item.elements() if node.tag != "p"]
    head = [node for paragraph in paragraphs for node in paragraph.elements()]
    head += [node for node in nodes if node.tag != "ul"]
    return head, [node for node in nodes if node.tag == "ul"]


def _without_label(detail: Node) -> str:
    return detail.text().partition(": ")[2]
