"""The release differs when anything that derived objects are made from differs."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import core.render.release
from core.model.style import PostStyle, SiteStyle
from core.model.topic import Topic
from core.render.release import release
from tests.support import sample

POSTS = PostStyle()
PAGES = SiteStyle()
SITE = "https://papers.example"
SCHEMAS = {"schema/a.json": b"{}"}
FILES = sorted(
    path.relative_to(sample.TEMPLATES).as_posix()
    for path in sample.TEMPLATES.rglob("*")
    if path.is_file()
)


def test_the_same_configuration_is_the_same_release(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sample.TEMPLATES, tmp_path / "elsewhere"))
    made = release(sample.TEMPLATES, POSTS, PAGES, SITE, SCHEMAS)
    assert release(copy, PostStyle(), SiteStyle(), SITE, dict(SCHEMAS)) == made


@pytest.mark.parametrize("name", FILES)
def test_another_file_is_another_release(tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(sample.TEMPLATES, tmp_path / "templates"))
    with (copy / name).open("a") as file:
        file.write("\n")
    made = release(sample.TEMPLATES, POSTS, PAGES, SITE, SCHEMAS)
    assert release(copy, POSTS, PAGES, SITE, SCHEMAS) != made


def test_configuration_schemas_and_version_are_parts_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        release(sample.TEMPLATES, POSTS, PAGES, SITE, SCHEMAS),
        release(sample.TEMPLATES, replace(POSTS, top=11), PAGES, SITE, SCHEMAS),
        release(sample.TEMPLATES, replace(POSTS, language="en"), PAGES, SITE, SCHEMAS),
        release(sample.TEMPLATES, POSTS, replace(PAGES, language="en"), SITE, SCHEMAS),
        release(sample.TEMPLATES, POSTS, replace(PAGES, title="Daily"), SITE, SCHEMAS),
        release(sample.TEMPLATES, POSTS, PAGES, "", SCHEMAS),
        release(sample.TEMPLATES, POSTS, PAGES, SITE, {"schema/a.json": b"[]"}),
        release(sample.TEMPLATES, POSTS, PAGES, SITE, {"schema/b.json": b"{}"}),
    ]
    topics = [Topic("a", {"en": title}, any=(term,)) for title in "AB" for term in "ab"]
    made += [release(sample.TEMPLATES, POSTS, PAGES, SITE, SCHEMAS, [one]) for one in topics]
    made.append(release(sample.TEMPLATES, POSTS, PAGES, SITE, SCHEMAS, topics))
    monkeypatch.setattr(core.render.release, "VERSION", "another")
    made.append(release(sample.TEMPLATES, POSTS, PAGES, SITE, SCHEMAS))
    assert len(set(made)) == len(made)
