"""The sections of topics on the real Jekyll: readers see the very titles, names and links."""

from pathlib import Path

import pytest

from core.model.paper import Organization
from core.model.style import LAYOUTS, PostStyle
from core.model.text import one_line
from core.model.topic import Match, Topic
from core.render import tex
from core.render.post import PostRenderer
from tests.jekyll.test_posts import HOSTILE, HOSTILE_IN_BRIEF, SITE
from tests.support import jekyll, sample
from tests.support.papers import DAY, edition, paper

TEXTS = [*HOSTILE, *HOSTILE_IN_BRIEF, "C#", "# ## #", "a {#b}", "a {#b} #", "=", "---", "t" * 100]
FIRST, LAST = paper(1, title="First"), paper(2, title="Last")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_readers_see_the_very_texts(layout: str, tmp_path: Path) -> None:
    topics = [Topic(f"topic-{number}", {"en": text}) for number, text in enumerate(TEXTS)]
    papers = [
        paper(number, title=text, organization=Organization(text, text))
        for number, text in enumerate(TEXTS, 3)
    ]
    style = PostStyle(top=2, language="en", layout=layout, topics=True)
    matches = [Match(topic.id, ()) for topic in topics]
    post = PostRenderer(sample.TEMPLATES, style, SITE, topics).post(
        edition(FIRST, LAST, *papers), (), {one.id: matches for one in papers}
    )
    pages = jekyll.build_site({f"{DAY}-daily-papers": post.decode()}, tmp_path)
    found = jekyll.topics(pages[f"{DAY}-daily-papers"])
    items = [
        f"{one_line(tex.shown(one.title))} - 👍 {one.votes} · {one_line(text)}"
        for one, text in zip(papers, TEXTS, strict=True)
    ]
    urls = [f"{SITE}/daily/{DAY}.html#{one.id}" for one in papers]
    assert [jekyll.fold(heading) for heading, _, _ in found] == [
        jekyll.fold(f"📌 {one_line(text)}: more papers") for text in TEXTS
    ]
    for _, texts, addresses in found:
        assert list(map(jekyll.fold, texts)) == list(map(jekyll.fold, items))
        assert [one for one in addresses if one] == urls
