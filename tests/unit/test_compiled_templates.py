"""Templates that are compiled for a package render the same bytes as their sources."""

import shutil
from pathlib import Path

import pytest
from jinja2 import ModuleLoader
from tools.compile_templates import compile_all

from core.model.period import Neighbours
from core.model.style import PostStyle, SiteStyle
from core.model.topic import Match, Topic
from core.model.votes import Risen
from core.render import templates
from core.render.feeds import FeedRenderer
from core.render.markdown import MarkdownRenderer
from core.render.post import PostRenderer
from core.render.site import SiteRenderer
from tests.support import sample
from tests.support.papers import DAY, history, month, week

NAMES = {path.relative_to(sample.TEMPLATES).as_posix() for path in sample.TEMPLATES.rglob("*.j2")}
TOPIC = Topic("agents", {"en": "Agents"})
SITE = "https://papers.example"


@pytest.fixture(name="package")
def made_package(tmp_path: Path) -> Path:
    """Return a copy of the templates, which nothing has compiled yet."""
    shutil.copytree(sample.TEMPLATES, tmp_path / "templates")
    return tmp_path


def rendered(directory: Path) -> list[bytes]:
    """Return what each kind of renderer makes of templates."""
    edition = sample.edition()
    feeds = FeedRenderer(directory, "en", SITE, SiteStyle())
    pages = SiteRenderer(directory, SiteStyle(language="en"), SITE)
    brief = PostRenderer(directory, PostStyle(layout="brief", topics=True), SITE, [TOPIC])
    of_topic = {paper.id: [Match("agents", ())] for paper in edition.papers}
    programs = MarkdownRenderer(directory, SITE, SiteStyle())
    feed = feeds.editions([DAY], {DAY: edition}, None)
    return [
        PostRenderer(directory, PostStyle(math=True)).post(edition),
        brief.post(edition, [Risen(DAY, edition.papers[0], 1)], of_topic),
        brief.period_post(week(edition)),
        feed,
        feeds.atom(feed),
        pages.withdrawn(DAY, Neighbours()),
        *pages.fixed().values(),
        feeds.opml(),
        programs.edition(edition, history()),
        programs.period(month(edition)),
        *programs.fixed().values(),
    ]


def test_compiled_templates_render_the_same(package: Path) -> None:
    compile_all(package)
    # Only the modules are read.
    for path in package.glob("templates/**/*.j2"):
        path.write_text("{% nothing of it }}")
    assert rendered(package / "templates") == rendered(sample.TEMPLATES)


def test_every_template_is_compiled(package: Path) -> None:
    compile_all(package)
    modules = {path.name for path in (package / templates.COMPILED).glob("*.py")}
    assert modules == {ModuleLoader.get_module_filename(name) for name in NAMES}


def test_a_template_with_a_mistake_is_not_packaged(package: Path) -> None:
    (package / "templates" / "post.md.j2").write_text("{{ title | nothing_like_it }}")
    with pytest.raises(Exception, match="nothing_like_it"):
        compile_all(package)
