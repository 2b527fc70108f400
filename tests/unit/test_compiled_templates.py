"""Templates that are compiled for a package render the same bytes as their sources."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup, escape
from tools.compile_templates import compile_all

from core.archive import catalog
from core.model.errors import RenderError
from core.model.month import Month, MonthEdition, Neighbours
from core.model.paper import Edition
from core.model.style import PostStyle
from core.model.votes import VoteRecord
from core.render import templates
from core.render.feeds import FeedRenderer
from core.render.post import PostRenderer
from core.render.site import SiteRenderer
from core.render.templates import COMPILED, CompiledLoader, module_name
from core.render.words import Html
from tests.support import sample, site
from tests.support.fakes import DAY, NOW, edition, paper

NAMES = {path.relative_to(sample.TEMPLATES).as_posix() for path in sample.TEMPLATES.rglob("*.j2")}
LOCALES = ("ko", "en")


@pytest.fixture(name="package", scope="module")
def made_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the templates of a package."""
    package = tmp_path_factory.mktemp("package")
    shutil.copytree(sample.TEMPLATES, package / "templates")
    compile_all(package)
    return package / "templates"


@pytest.fixture(name="loaded")
def noted_loads(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names of the compiled templates that are loaded from here on."""
    names, load = set(), CompiledLoader.load

    def noted(self: CompiledLoader, environment: Any, name: str, globals: Any = None) -> Any:  # noqa: A002
        names.add(name)
        return load(self, environment, name, globals)

    monkeypatch.setattr(CompiledLoader, "load", noted)
    return names


def rendered(directory: Path, made: Edition, locale: str) -> list[bytes]:
    """Return all that templates make of an edition."""
    month = catalog.with_edition(Month(site.DECEMBER), MonthEdition(made, "", NOW))
    votes = VoteRecord(made.day, ((NOW, {one.id: 1 for one in made.papers}),))
    pages = SiteRenderer(directory, locale, site.URL)
    posts = PostRenderer(directory, PostStyle(locale=locale, math=True))
    feeds = FeedRenderer(directory, locale, site.URL)
    feed, of_papers = feeds.editions(None, [(made, NOW)]), feeds.papers(None, [(made, NOW)])
    return [
        *(posts.post(made), posts.repaired_post(made), posts.month_post(month)),
        *(feed, of_papers, feeds.atom(feed), feeds.atom(of_papers)),
        pages.edition(made, votes, Neighbours(site.BEFORE, site.AFTER)),
        pages.home(made, votes, [DAY], site.spans(DAY)),
        pages.month(month, Neighbours()),
        pages.withdrawn(DAY),
        pages.sitemap(site.spans(DAY)),
        pages.month_sitemap(month),
        *pages.fixed().values(),
        pages.release.encode(),
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_template_renders_the_same(package: Path, loaded: set[str], locale: str) -> None:
    hostile = edition(paper(1, title='<b>"{{ x }}"</b> $x$', organization=None, votes=None))
    for made in (sample.edition(), hostile):
        assert rendered(package, made, locale) == rendered(sample.TEMPLATES, made, locale)
    assert loaded == NAMES


@given(st.text() | st.text("<>&\"'#;a").map(Markup) | st.integers() | st.none())
@example("&<>\"'")
@example(Html("<b>"))
def test_what_is_written_is_escaped_as_jinja_does(value: object) -> None:
    assert templates.escaped(value) == escape(value)


def test_each_template_has_a_module_and_each_locale_its_words(package: Path) -> None:
    modules = {f"{module_name(name)}.py" for name in NAMES}
    assert len(modules) == len(NAMES)
    files = {path.name for path in package.with_name(COMPILED).iterdir()} - {"__pycache__"}
    assert files == modules | {f"{locale}.json" for locale in LOCALES}


def test_compiling_again_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    shutil.copytree(sample.TEMPLATES, tmp_path / "templates")
    compile_all(tmp_path)
    for path in package.with_name(COMPILED).glob("*.*"):
        assert (tmp_path / COMPILED / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_words_are_those_of_the_locale(package: Path, locale: str) -> None:
    assert templates.words(package, locale) == templates.words(sample.TEMPLATES, locale)


def test_nothing_is_compiled_or_read_where_there_are_modules(tmp_path: Path) -> None:
    shutil.copytree(sample.TEMPLATES, tmp_path / "templates")
    compile_all(tmp_path)
    for path in [*tmp_path.rglob("*.j2"), *tmp_path.rglob("*.toml")]:
        path.write_text("{% nothing of it }}")
    made = PostRenderer(tmp_path / "templates", PostStyle()).post(sample.edition())
    assert made == PostRenderer(sample.TEMPLATES, PostStyle()).post(sample.edition())


def test_a_module_that_is_missing_is_a_render_error(tmp_path: Path) -> None:
    shutil.copytree(sample.TEMPLATES, tmp_path / "templates")
    compile_all(tmp_path)
    (tmp_path / COMPILED / f"{module_name('post.md.j2')}.py").unlink()
    with pytest.raises(RenderError, match=r"post\.md\.j2"):
        PostRenderer(tmp_path / "templates", PostStyle()).post(sample.edition())


def test_a_template_with_a_mistake_is_not_packaged(tmp_path: Path) -> None:
    shutil.copytree(sample.TEMPLATES, tmp_path / "templates")
    (tmp_path / "templates" / "post.md.j2").write_text("{{ title | nothing_like_it }}")
    with pytest.raises(Exception, match="nothing_like_it"):
        compile_all(tmp_path)
    assert not (tmp_path / COMPILED).exists()
