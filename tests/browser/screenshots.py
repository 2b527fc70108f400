"""Take the pictures of the README and the docs, of the bundled sample and of no other day.

`python -m tests.browser.screenshots DIRECTORY`
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from adapters.directory import DirectoryStore
from core.announce.message import Writer
from core.archive.read import read_edition
from core.model import dates, keys
from core.model.announcement import AnnounceStyle, ChannelName
from handler.cli.announce_preview import as_page, preview
from tests.browser.archive import Run, publish_archive
from tests.support import sample
from tests.support.chromium import Visitor, Visitors, chromium
from tests.support.papers import DAY
from tests.support.serving import serve

# Of each paper's votes, in eighths, what three runs of the day find. The parts differ from paper to
# paper, so that some papers rise.
HOURS = {8: (2, 3, 1, 2, 3), 11: (4, 4, 5, 3, 5), 14: (8,) * 5}
# The sample has no summaries and keywords of the source's. These are the project's own words.
SUMMARIES = {
    "2512.20619": (
        "Video generation that first plans in a small semantic space, then fills in the pixels: it"
        " converges sooner and scales to long clips.",
        ("video generation", "diffusion models", "semantic features", "VAE latents"),
    ),
    "2512.19673": (
        "Each layer of a language model already acts as a policy; training the lower ones first"
        " makes reinforcement learning on reasoning tasks more effective.",
        ("reinforcement learning", "residual stream", "policy optimization"),
    ),
    "2512.20618": (
        "A language model directs a grounding agent and a vision agent to answer questions about"
        " hour-long videos.",
        ("multi-agent systems", "long video understanding", "reinforcement learning"),
    ),
    "2512.20617": (
        "A benchmark that arranges the spatial abilities of multimodal models in a tree, and shows"
        " which skills carry over to others.",
        ("spatial reasoning", "multimodal models", "benchmark"),
    ),
    "2512.18746": (
        "Agents that improve their own memory design along with what they remember.",
        ("agent memory", "meta-evolution", "LLM agents"),
    ),
    "2512.20491": (
        "A 32B research agent, trained in three stages, that keeps up with leading closed systems"
        " at a fraction of their cost.",
        ("deep research", "mid-training", "LLM agents"),
    ),
    "2512.18099": (
        "Separates any sound from a recording, prompted by words, by a region of the video, or by a"
        " span of time.",
        ("audio separation", "foundation models", "flow matching"),
    ),
}
PAGES = {
    "home": "index.html",
    "edition": keys.edition_page(DAY),
    "week": keys.week_page(dates.monday_of(DAY)),
    "month": keys.month_page(DAY.replace(day=1)),
    "search": "search.html?q=video",
}
DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
MOST_BYTES = 300_000
SITE = "https://papers.example.com"


def main(directory: Path) -> None:
    """Write each picture into the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, picture in _pictures():
        if len(picture) >= MOST_BYTES:
            raise ValueError(f"{name}.png would have {len(picture):,} bytes")
        (directory / f"{name}.png").write_bytes(picture)


def runs() -> Iterator[Run]:
    """Yield three runs of the sample's day."""
    for hour, parts in HOURS.items():
        entries: list[dict[str, Any]] = json.loads(sample.PAYLOAD.read_bytes())
        for number, paper in enumerate(entry["paper"] for entry in entries):
            paper["upvotes"] = paper["upvotes"] * parts[number % len(parts)] // 8
            if paper["id"] in SUMMARIES:
                paper["ai_summary"], paper["ai_keywords"] = SUMMARIES[paper["id"]]
        now = datetime(DAY.year, DAY.month, DAY.day, hour, tzinfo=UTC)
        yield Run(DAY, now, json.dumps(entries, ensure_ascii=False).encode())


def _pictures() -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        archive = publish_archive(place, runs())
        with serve(place) as served, chromium() as browser:
            visitors = Visitors(browser, served.url)
            for colours in ("light", "dark"):
                visitor = visitors("en", colours, **DESK)
                for name, path in PAGES.items():
                    yield f"{name}-{colours}", _picture(visitor, path)
            yield from _announcements(browser, announcements(archive))
            yield "phone", _picture(visitors("en", "light", **PHONE), PAGES["home"])
            visitors.leave()
            visitors.check()


def announcements(archive: Path) -> str:
    """Return the page that shows the sample's announcement in all channels."""
    edition = read_edition(DirectoryStore(archive).get(keys.edition_json(DAY)), DAY)
    assert edition
    style = AnnounceStyle(tuple(ChannelName), language="en", top=3)
    message = Writer(sample.TEMPLATES, style, SITE, "s3://my-papers/").edition(edition, {})
    shown = [preview(name, message) for name in ChannelName]
    return as_page(sample.TEMPLATES, "en", message.heading, shown)


def _announcements(browser: Browser, html: str) -> Iterator[tuple[str, bytes]]:
    """Yield a picture of each channel; the page is no page of the site, and has its own styles."""
    page = browser.new_page(viewport={"width": 560, "height": 900}, device_scale_factor=1.5)
    page.set_content(html)
    for name in ChannelName:
        picture = page.locator(f"#{name} article").screenshot(animations="disabled")
        yield f"announce-{name}", picture
    page.close()


def _picture(visitor: Visitor, path: str) -> bytes:
    page = visitor.open(path)
    if "?" in path:
        page.locator("#results > li").first.wait_for()
    options: dict[str, Any] = {"animations": "disabled", "caret": "hide"}
    picture: bytes = page.screenshot(**options)
    return picture


if __name__ == "__main__":
    main(Path(sys.argv[1]))
