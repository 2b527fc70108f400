"""Pages, parsed as strictly as the standard says: their ids, what they link to, and their text."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as MESSAGES


@dataclass(frozen=True, slots=True)
class Page:
    """A page's tree, and what a strict parser says of it, as `line 7: unexpected end tag`."""

    root: Element
    errors: tuple[str, ...]

    def elements(self, *names: str) -> list[Element]:
        """Return the elements of these names, or all, in document order."""
        return [node for node in self.root.iter() if not names or node.tag in names]

    def ids(self) -> list[str]:
        """Return all ids, each as often as it is given."""
        return [node.attrib["id"] for node in self.elements() if "id" in node.attrib]

    def links(self) -> list[str]:
        """Return the addresses of links and of what the page loads, as they are written."""
        found = [node.attrib.get(name) for node in self.elements() for name in ("href", "src")]
        return [address for address in found if address is not None]

    def text(self, name: str) -> str:
        """Return the text of the first element of a name."""
        return "".join(self.elements(name)[0].itertext())


def parse(body: bytes) -> Page:
    """Parse a page."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(body, transport_encoding="utf-8")
    errors = (
        f"line {position[0]}: {MESSAGES[code] % values}" for position, code, values in parser.errors
    )
    return Page(root, tuple(errors))
