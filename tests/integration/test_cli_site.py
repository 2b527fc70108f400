"""`paperboy site` as a person uses it, on an archive in a directory."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from handler.cli.arguments import file_url
from tests.support import sample
from tests.support.command import Done, paperboy, tree, write
from tests.support.papers import answer, entry

DAY, NEXT = "2025-12-24", "2026-01-02"
TRUTH = ("raw/", "votes/", "daily/2025-12-24.json", "daily/2026-01-02.json")
URL = {"PAPERBOY_SITE_URL": "https://papers.example"}


@pytest.fixture(scope="module", name="published")
def published_archive(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Return an archive of two days, the first of them the bundled sample."""
    place = tmp_path_factory.mktemp("published")
    (place / f"{NEXT}.json").write_bytes(answer(entry(1), entry(2)))
    for day, payload in ((DAY, sample.PAYLOAD), (NEXT, place / f"{NEXT}.json")):
        arguments = ("--date", day, "--payload", str(payload), "--now", f"{day}T14:00:00Z")
        done = paperboy("run", *arguments, cwd=place, **URL)
        assert (done.status, done.err) == (0, "")
    return tree(place / "public")


@pytest.fixture(name="place")
def place_of_archive(tmp_path: Path, published: Mapping[str, bytes]) -> Path:
    """Return a directory with the archive in `public`."""
    write(tmp_path / "public", published)
    return tmp_path


def site(place: Path, *options: str, **environment: str) -> Done:
    return paperboy("site", *options, cwd=place, **URL, **environment)


def files(place: Path) -> dict[str, bytes]:
    """Return what is published in a directory, without the state."""
    return {key: body for key, body in tree(place).items() if not key.startswith("state/")}


def derived(published: Mapping[str, bytes]) -> list[str]:
    return [key for key in published if not key.startswith((*TRUTH, "state/"))]


def test_what_is_there_already_is_left_alone(place: Path, published: Mapping[str, bytes]) -> None:
    done = site(place)
    count = len(derived(published))
    assert (done.status, done.err) == (0, "")
    assert done.out == f"{count} objects unchanged in public\n"
    assert files(place / "public") == published_files(published)


def published_files(published: Mapping[str, bytes]) -> dict[str, bytes]:
    return {key: body for key, body in published.items() if not key.startswith("state/")}


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--from-store", "public"),
        ("--from-store", "./public/"),
        ("--from-store", "{place}/public"),
        ("--from-store", "{url}"),
    ],
)
def test_what_follows_from_editions_comes_back(
    place: Path, published: Mapping[str, bytes], options: Sequence[str]
) -> None:
    lost = derived(published)
    for key in [*lost, *(key for key in published if key.startswith("state/"))]:
        (place / "public" / key).unlink()
    url = file_url(str(place / "public"))
    done = site(place, *(option.format(place=place, url=url) for option in options))
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{len(lost)} objects created in ")
    assert files(place / "public") == published_files(published)


def test_the_store_may_be_named_by_the_environment(
    place: Path, published: Mapping[str, bytes]
) -> None:
    (place / "public" / "index.html").unlink()
    (place / "public").rename(place / "elsewhere")
    done = site(place, PAPERBOY_STORE="file:elsewhere")
    assert (done.status, done.out.count("1 object created")) == (0, 1)
    assert files(place / "elsewhere") == published_files(published)
    assert not (place / "public").exists()


def test_a_dry_run_tells_the_same_and_writes_nothing(
    place: Path, published: Mapping[str, bytes]
) -> None:
    (place / "public" / "daily" / "2025-12-24.html").write_bytes(b"of an older release")
    (place / "public" / "feed.xml").unlink()
    before = tree(place / "public")
    done = site(place, "--dry-run")
    count = len(derived(published))
    said = f"1 object would be created, 1 would be updated, {count - 2} unchanged in public\n"
    assert (done.status, done.err, done.out) == (0, "", said)
    assert tree(place / "public") == before
    assert site(place).out == done.out.replace("would be ", "")
    assert files(place / "public") == published_files(published)


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_json_tells_of_each_object(
    place: Path, published: Mapping[str, bytes], options: Sequence[str]
) -> None:
    (place / "public" / "search.html").write_bytes(b"old")
    done = site(place, "--json", *options)
    report = json.loads(done.out)
    assert (done.status, done.err) == (0, "")
    assert (report["dry_run"], report["ok"]) == (bool(options), True)
    objects = {one["key"]: one for one in report["objects"]}
    assert len(objects) == len(report["objects"])
    size = len(published["search.html"])
    assert [one for one in objects.values() if one["action"] != "unchanged"] == [
        {"key": "search.html", "action": "updated", "size": size}
    ]
    assert (files(place / "public") == published_files(published)) is not bool(options)


@pytest.mark.parametrize(("option", "lines"), [("--verbose", 1), ("--quiet", 0)])
def test_how_much_is_printed(
    place: Path, published: Mapping[str, bytes], option: str, lines: int
) -> None:
    (place / "public" / "search.html").write_bytes(b"old")
    printed = site(place, option).out.splitlines()
    assert len(printed) == lines * (1 + len(derived(published)))
    assert ("updated    public/search.html" in "\n".join(printed)) == bool(lines)


def test_settings_change_pages_and_not_editions(
    place: Path, published: Mapping[str, bytes]
) -> None:
    assert site(place, PAPERBOY_LANGUAGE="en").status == 0
    after = tree(place / "public")
    assert b'<html lang="en">' in after["index.html"]
    assert "papers** were collected." in after["latest.md"].decode()
    truth = [key for key in published if key.startswith(TRUTH)]
    assert {key: after[key] for key in truth} == {key: published[key] for key in truth}
    assert site(place).status == 0
    back, feeds = files(place / "public"), ("feed.json", "feed.xml", "papers.json", "papers.xml")
    assert back == published_files(published), [key for key in feeds if back[key] != published[key]]


@pytest.mark.parametrize("options", [(), ("--from-store", "public"), ("--dry-run",), ("--json",)])
@pytest.mark.parametrize("there", [False, True])
def test_an_archive_without_editions_is_one_line_and_exit_1(
    tmp_path: Path, there: bool, options: Sequence[str]
) -> None:
    if there:
        (tmp_path / "public").mkdir()
    done = site(tmp_path, *options)
    assert done.error() == "StoreError: holds no editions: publish some first (public)"
    assert tree(tmp_path) == {}
    if "--json" in options:
        assert json.loads(done.out) == {"dry_run": False, "ok": False, "objects": []}


def test_what_goes_wrong_is_one_line_and_exit_1(place: Path) -> None:
    (place / "public" / "index.html").unlink()
    (place / "public" / "index.html").mkdir()
    done = site(place)
    assert done.error().startswith("StoreError: cannot write: ")
    assert "Traceback" in site(place, "--debug").err


@pytest.mark.parametrize(
    ("options", "environment", "said"),
    [
        ((), {"PAPERBOY_SITE_URL": "papers.example"}, "SettingsError: PAPERBOY_SITE_URL must be"),
        ((), {"PAPERBOY_LANGUAGE": "fr"}, "SettingsError: PAPERBOY_LANGUAGE must be"),
        (("--from-store", "s3://NO"), {}, "SettingsError: PAPERBOY_STORE must be"),
        (("--from-store", "ftp://host/x"), {}, "SettingsError: PAPERBOY_STORE must be"),
    ],
)
def test_wrong_settings_are_one_line_and_exit_1(
    place: Path, options: Sequence[str], environment: Mapping[str, str], said: str
) -> None:
    done = paperboy("site", *options, cwd=place, **{**URL, **environment})
    assert done.error().startswith(said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from-store", ""), "must not be empty"),
        (("--out", "public"), "unrecognized arguments"),
        (("--bucket", "papers"), "unrecognized arguments"),
    ],
)
def test_wrong_usage_is_exit_2(tmp_path: Path, options: Sequence[str], said: str) -> None:
    done = site(tmp_path, *options)
    assert (done.status, said in done.err) == (2, True)


def test_help_teaches(tmp_path: Path) -> None:
    done = site(tmp_path, "--help")
    assert (done.status, done.err) == (0, "")
    taught = ("--from-store", "--dry-run", "--json", "--debug", "examples:", "s3://")
    assert all(word in done.out for word in taught)
