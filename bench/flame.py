"""A flame graph as SVG: boxes as wide as their share of the time, each below what calls it.

It is one file without scripts; the name and share of a box show where the pointer rests.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, ROW, MARGIN = 1200, 17, 10
HEAD, FOOT = 40, 30
# Narrower boxes are left out, with what is below them.
LEAST = 1.5
LETTER = 6.6
FONT = 'font-family="ui-monospace, Menlo, Consolas, monospace"'
# By the beginning of a frame's name; the first that fits.
COLOURS = {
    "core/": "#8fc98b",
    "adapters/": "#a9d18e",
    "handler/": "#c5e0a5",
    "jinja2/": "#f2b8c6",
    "markupsafe/": "#f2b8c6",
    "botocore/": "#f6b26b",
    "boto3/": "#f6b26b",
    "s3transfer/": "#f6b26b",
    "urllib3/": "#ffd966",
    "requests/": "#ffd966",
    "aws_lambda_powertools/": "#b4a7d6",
    "awslambdaric/": "#d5a6bd",
}
STANDARD, REST = "#9fc5e8", "#cfcfcf"
KEY = {
    "Paperboy": "#8fc98b",
    "Jinja2": "#f2b8c6",
    "AWS' SDK": "#f6b26b",
    "HTTP": "#ffd966",
    "Powertools": "#b4a7d6",
    "Lambda's start-up code": "#d5a6bd",
    "standard library": STANDARD,
}


@dataclass(slots=True)
class Box:
    """A frame with the time that it took, and what it called."""

    name: str
    weight: float = 0
    calls: dict[str, "Box"] = field(default_factory=dict)

    def depth(self) -> int:
        """Return how many frames stand on each other."""
        return 1 + max((box.depth() for box in self.calls.values()), default=0)


def grown(stacks: Iterable[tuple[Sequence[str], float]]) -> Box:
    """Return the stacks, outermost frames first, as one box: the process."""
    root = Box("a cold run")
    for stack, weight in stacks:
        box = root
        box.weight += weight
        for name in stack:
            box = box.calls.setdefault(name, Box(name))
            box.weight += weight
    return root


def render(root: Box, title: str) -> str:
    """Return the SVG. Weights are shares of the root's; `title` stands above."""
    boxes = list(_placed(root, MARGIN, 0, (WIDTH - 2 * MARGIN) / root.weight))
    height = HEAD + (1 + max(level for _, _, _, level in boxes)) * ROW + FOOT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{escape(title)}">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="24" font-size="15" {FONT}>{escape(title)}</text>',
    ]
    lines += [f'<g font-size="11" {FONT}>']
    lines += [_drawn(box, left, width, level, root.weight) for box, left, width, level in boxes]
    return "\n".join([*lines, *_key(height), "</g>", "</svg>", ""])


def _placed(
    box: Box, left: float, level: int, scale: float
) -> Iterator[tuple[Box, float, float, int]]:
    """Yield each box that is wide enough with its place: left edge, width, and level."""
    width = box.weight * scale
    if width < LEAST:
        return
    yield box, left, width, level
    for call in sorted(box.calls.values(), key=lambda call: call.name):
        yield from _placed(call, left, level + 1, scale)
        left += call.weight * scale


def _drawn(box: Box, left: float, width: float, level: int, whole: float) -> str:
    top = HEAD + level * ROW
    name, share = escape(box.name), f"{box.weight / whole:.1%}"
    letters = int((width - 4) / LETTER)
    shown = escape(box.name if len(box.name) <= letters else f"{box.name[: letters - 1]}…")
    text = f'<text x="{left + 2:.1f}" y="{top + 12}">{shown}</text>'
    return (
        f"<g><title>{name} ({share})</title>"
        f'<rect x="{left:.1f}" y="{top}" width="{max(width - 0.3, 0.3):.1f}" height="{ROW - 1}" '
        f'fill="{_colour(box.name)}"/>{text if letters > 2 else ""}</g>'
    )


def _colour(name: str) -> str:
    for beginning, colour in COLOURS.items():
        if name.startswith(beginning):
            return colour
    return STANDARD if ".py:" in name or name.startswith("<") else REST


def _key(height: int) -> Iterator[str]:
    left, top = MARGIN, height - FOOT + 10
    for name, colour in KEY.items():
        yield f'<rect x="{left}" y="{top}" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{left + 17}" y="{top + 10}">{escape(name)}</text>'
        left += 40 + round(len(name) * LETTER)


def shares(root: Box, groups: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return each group's share of the time, by the frames that took it themselves."""
    found = dict.fromkeys([*groups, "the rest"], 0.0)

    def add(box: Box) -> None:
        own = box.weight - sum(call.weight for call in box.calls.values())
        found[_group(box.name, groups)] += own / root.weight
        for call in box.calls.values():
            add(call)

    add(root)
    return found


def _group(name: str, groups: Mapping[str, Sequence[str]]) -> str:
    beginnings = ((group, begin) for group, names in groups.items() for begin in names)
    return next((group for group, begin in beginnings if name.startswith(begin)), "the rest")
