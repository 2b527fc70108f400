"""The pause between two attempts, and which store and source a setting means."""

import pytest

from adapters import threads
from adapters.directory import DirectoryStore
from adapters.huggingface import HuggingFaceSource
from adapters.recorded import RecordedSource
from core.model import keys
from core.model.errors import SettingsError
from core.model.ports import Together, one_by_one
from core.model.style import PostStyle, SiteStyle
from handler import bootstrap
from handler.settings import Settings
from tests.support.papers import DAY


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Remember how long is slept, at the most that chance allows."""
    seconds: list[float] = []
    monkeypatch.setattr("handler.bootstrap.time.sleep", seconds.append)
    monkeypatch.setattr("handler.bootstrap.random.uniform", lambda _, most: most)
    return seconds


def test_pauses_grow_up_to_a_limit(slept: list[float]) -> None:
    pause = bootstrap.pause_within(lambda: 60.0)
    assert all(pause(attempt) for attempt in range(1, 8))
    assert slept == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]


def test_no_pause_outlasts_the_run(slept: list[float]) -> None:
    assert not bootstrap.pause_within(lambda: 0.2)(1)
    assert slept == []


def test_pauses_have_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds: list[float] = []
    monkeypatch.setattr("handler.bootstrap.time.sleep", seconds.append)
    pause = bootstrap.pause_within(lambda: 60.0)
    assert all(pause(3) for _ in range(20))
    assert len(set(seconds)) > 1
    assert all(0 <= pause < 0.8 for pause in seconds)


@pytest.mark.parametrize(
    ("url", "kind"),
    [("https://huggingface.co", HuggingFaceSource), ("file:events/sample", RecordedSource)],
)
def test_a_source_follows_from_its_url(url: str, kind: type) -> None:
    settings = Settings(store="file:public", source=url)
    assert isinstance(bootstrap.source(settings, lambda: 1.0), kind)


@pytest.mark.parametrize("url", ["https://huggingface.co", "file:events/sample"])
def test_secrets_are_read_when_they_are_needed(url: str) -> None:
    settings = Settings(store="file:public", source=url, source_secret="file:nowhere")
    assert bootstrap.source(settings, lambda: 1.0)


def test_a_secret_that_cannot_be_read_is_told() -> None:
    settings = Settings(store="file:public", source_secret="file:nowhere")
    with pytest.raises(SettingsError, match=r"the source's secret cannot be read: .*file:nowhere"):
        bootstrap.source(settings, lambda: 1.0).fetch(DAY)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("s3://bucket", "s3://bucket/latest.json"),
        ("s3://bucket/", "s3://bucket/latest.json"),
        ("s3://bucket/papers", "s3://bucket/papers/latest.json"),
        ("s3://bucket/papers/ai/", "s3://bucket/papers/ai/latest.json"),
    ],
)
def test_a_store_follows_from_its_url(url: str, location: str) -> None:
    assert bootstrap.store(url, lambda: 1.0).location("latest.json") == location


def test_a_directory_is_a_store() -> None:
    assert isinstance(bootstrap.store("file:public", lambda: 1.0), DirectoryStore)


@pytest.mark.parametrize(
    ("store", "together"),
    [("file:///archive", one_by_one), ("s3://papers", threads.together)],
)
def test_what_is_far_away_is_waited_for_together(store: str, together: Together) -> None:
    assert bootstrap.ports(Settings(store), lambda: 60.0).together is together


def test_a_token_is_no_other_runs() -> None:
    ports = bootstrap.ports(Settings("file:///archive"), lambda: 60.0)
    assert len({ports.token() for _ in range(9)}) == 9


def test_the_release_follows_from_settings() -> None:
    """It is found when it is asked for, once."""
    settings = [Settings("file:///archive"), Settings("s3://papers")]
    settings += [Settings("file:///archive", site_url="https://papers.example")]
    settings += [Settings("file:///archive", site=SiteStyle(title="Daily"))]
    found = [bootstrap.ports(one, lambda: 60.0).release() for one in settings]
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_title_and_languages_reach_pages_and_feeds() -> None:
    settings = Settings(
        "file:///archive",
        style=PostStyle(language="ko"),
        site=SiteStyle(title="Daily", language="en"),
    )
    ports = bootstrap.ports(settings, lambda: 60.0)
    assert ports.feeds().language == "ko"
    assert b'"title": "Daily"' in ports.feeds().editions([], {}, None)
    (about,) = (body for key, body in ports.site().fixed().items() if key == keys.ABOUT_PAGE)
    assert b'<html lang="en">' in about
    assert b"- Daily</title>" in about


@pytest.mark.parametrize(("store", "seconds"), [("file:///archive", []), ("s3://papers", [3.0])])
def test_months_are_apart_in_s3(slept: list[float], store: str, seconds: list[float]) -> None:
    bootstrap.ports(Settings(store), lambda: 60.0).month_pause()
    assert slept == seconds
