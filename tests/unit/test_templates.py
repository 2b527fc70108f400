"""The owner's templates: they replace ours, and a mistake is named by its file and line."""

import re
import shutil
from pathlib import Path

import pytest
from tools.compile_templates import compile_all

from core.model.errors import RenderError
from core.model.period import Neighbours
from core.model.style import PostStyle, SiteStyle
from core.render.feeds import FeedRenderer
from core.render.post import PostRenderer
from core.render.site import SiteRenderer
from tests.support import sample
from tests.support.papers import DAY, history

MISTAKES = {
    "a name": ("{{ papr }}", "'papr' is undefined"),
    "a member": ("{{ text.missing.format() }}", "no attribute 'missing'"),
    "a type": ("{{ 1 + 'x' }}", "TypeError: unsupported operand"),
    "a division": ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
    "a value": ("{{ '%s %s' % (1,) }}", "TypeError: not enough arguments"),
    "a format": ("{{ '{:q}'.format(1) }}", "ValueError: Unknown format code"),
    "an index": ("{{ '{2}'.format(1) }}", "IndexError: Replacement index 2"),
    "a method": ("{{ 'x'.center() }}", "TypeError: "),
    "a loop": ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", "RecursionError: "),
    "an include": ("{% include 'nothing.j2' %}", "there is no template nothing.j2"),
}
SYNTAX = {
    "an end": ("{% if x %}", "Unexpected end of template"),
    "a filter": ("{{ x | nothing_like_it }}", "No filter named 'nothing_like_it'"),
    "a tag": ("{% nothing_like_it %}", "unknown tag 'nothing_like_it'"),
}


@pytest.fixture(name="checkout")
def made_checkout(tmp_path: Path) -> Path:
    """Return a copy of the templates."""
    return shutil.copytree(sample.TEMPLATES, tmp_path / "templates")


def write(templates: Path, name: str, text: str) -> None:
    path = templates / "local" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def post(templates: Path) -> str:
    return PostRenderer(templates, PostStyle()).post(sample.edition()).decode()


def package(templates: Path) -> None:
    """Compile the templates, and leave only the names of their sources."""
    compile_all(templates.parent)
    for path in templates.rglob("*.j2"):
        path.write_text("{% nothing of it }}")


@pytest.mark.parametrize("is_packaged", [False, True])
def test_an_owners_template_replaces_ours(checkout: Path, is_packaged: bool) -> None:
    write(checkout, "post.md.j2", "{{ papers | length }} of {{ date }}")
    write(checkout, "feed_edition.html.j2", "<p>{{ count }}</p>")
    write(checkout, "site/withdrawn.html.j2", "{% extends 'site/base.html.j2' %}")
    write(checkout, "site/base.html.j2", "gone: {{ day }}")
    write(checkout, ".DS_Store", "")
    if is_packaged:
        package(checkout)
    feed = FeedRenderer(checkout, "en", "", SiteStyle()).editions(
        [DAY], {DAY: sample.edition()}, None
    )
    assert post(checkout) == "10 of 2025-12-24"
    assert b"<p>16 papers</p>" in feed
    assert (
        SiteRenderer(checkout, SiteStyle(), "").withdrawn(DAY, Neighbours()) == b"gone: 2025-12-24"
    )


def test_the_example_of_the_documentation(checkout: Path) -> None:
    page = (sample.ROOT / "docs" / "look.md").read_text("utf-8")
    (example,) = re.findall(r"```jinja\n(.*?)```", page, re.DOTALL)
    write(checkout, "brief.md.j2", example)
    style = PostStyle(layout="brief", language="en", top=1)
    made = PostRenderer(checkout, style).post(sample.edition()).decode()
    assert made.partition("---\n\n")[2] == (
        "Top 1 of 16 papers, 254 votes\n\n"
        "1. **[SemanticGen: Video Generation in Semantic Space]"
        "(https://huggingface.co/papers/2512.20619)** - 👍 73\n\n"
        "   From the abstract: One diffusion model first sketches a clip as compact semantic"
        " features, and a second one turns the sketch into VAE latents for the finished frames.\n\n"
    )


@pytest.mark.parametrize("is_packaged", [False, True])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_by_file_and_line(checkout: Path, name: str, is_packaged: bool) -> None:
    text, problem = MISTAKES[name]
    write(checkout, "post.md.j2", f"---\n\n{text}\n")
    if is_packaged:
        package(checkout)
    with pytest.raises(RenderError) as caught:
        post(checkout)
    assert str(caught.value).startswith("templates/local/post.md.j2, line 3: ")
    assert problem in str(caught.value)
    assert caught.value.template == "post.md.j2"


@pytest.mark.parametrize("name", SYNTAX)
def test_a_mistake_of_syntax(checkout: Path, name: str) -> None:
    text, problem = SYNTAX[name]
    write(checkout, "post.md.j2", f"---\n\n{text}\n")
    with pytest.raises(RenderError) as caught:
        post(checkout)
    assert str(caught.value).startswith("templates/local/post.md.j2, line 3: ")
    assert problem in str(caught.value)


def test_a_mistake_in_an_included_template(checkout: Path) -> None:
    write(checkout, "site/base.html.j2", "\n{{ papr }}")
    with pytest.raises(RenderError, match=r"^templates/local/site/base\.html\.j2, line 2: 'papr'"):
        SiteRenderer(checkout, SiteStyle(), "").edition(sample.edition(), history(), Neighbours())


def test_a_template_in_another_encoding(checkout: Path) -> None:
    write(checkout, "post.md.j2", "")
    (checkout / "local" / "post.md.j2").write_bytes("요약".encode("euc-kr"))
    with pytest.raises(RenderError, match=r"^templates/local/post\.md\.j2: UnicodeDecodeError: "):
        post(checkout)


@pytest.mark.parametrize("name", ["psot.md.j2", "home.html.j2", "locales/en.toml", "site/x.md"])
def test_a_file_that_replaces_nothing(checkout: Path, name: str) -> None:
    write(checkout, "post.md.j2", "mine")
    write(checkout, name, "")
    with pytest.raises(RenderError, match=f"^templates/local/{name}: there is no template of this"):
        post(checkout)
    with pytest.raises(RenderError, match=f"^templates/local/{name}: there is no template of this"):
        compile_all(checkout.parent)
