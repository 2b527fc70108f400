"""The API over HTTP: what we ask, how we page, and every way in which it fails."""

import gzip
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import NoReturn

import pytest

from adapters import web
from adapters.huggingface import HuggingFaceSource
from adapters.quota import LIMIT, RESERVE, WINDOW, Quota
from core import HOMEPAGE, VERSION
from core.edition import payload
from core.model.errors import (
    PaperboyError,
    PayloadError,
    SettingsError,
    SourceError,
    SourceRejected,
    SourceUnavailable,
)
from core.model.paper import Payload
from core.model.redaction import remember
from tests.support.papers import DAY, answer, entry
from tests.support.servers import Allowance, Answer, ReplayServer, mishaps, replay_huggingface

OK = Answer(body=answer(entry(1)))
HTML = Answer(429, b"<html>Too many</html>", {"Content-Type": "text/html"})


def error(status: int, **headers: str) -> Answer:
    return Answer(
        status, b'{"error": "no"}', {name.replace("_", "-"): headers[name] for name in headers}
    )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    """Run the API; between tries nobody waits, and a slow answer is soon too slow."""
    monkeypatch.setattr(web.BoundedRetry, "get_backoff_time", lambda _: 0.0)
    monkeypatch.setattr(web, "READ_SECONDS", 0.3)
    with replay_huggingface({str(DAY): answer(entry(1))}) as replay:
        yield replay


def fetch(server: ReplayServer, token: str = "", seconds: float = inf) -> Payload:
    source = HuggingFaceSource(server.url, lambda: seconds, read_token=lambda: token)
    return source.fetch(DAY)


class Keeper:
    """Keeps tokens, and hands out the next one whenever one was forgotten."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.read = 0

    def token(self) -> str:
        self.read += 1
        return self._tokens[0]

    def forget(self) -> None:
        self._tokens.pop(0)

    def source(self, server: ReplayServer) -> HuggingFaceSource:
        return HuggingFaceSource(
            server.url, lambda: inf, read_token=self.token, forget_token=self.forget
        )


def test_what_is_asked(server: ReplayServer) -> None:
    fetch(server)
    (request,) = server.requests
    assert request.path == "/api/daily_papers"
    assert request.query == {"date": "2025-12-24", "limit": "100", "p": "0"}
    assert request.headers["user-agent"] == f"paperboy/{VERSION} (+{HOMEPAGE})"
    assert "authorization" not in request.headers


@pytest.mark.parametrize("token", ["", "hf_x"])
def test_netrc_is_not_asked(
    server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login git password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    fetch(server, token)
    expected = f"Bearer {token}" if token else None
    assert server.requests[0].headers.get("authorization") == expected


def test_a_token_is_sent_if_there_is_one(server: ReplayServer) -> None:
    fetch(server, token="hf_x")
    assert server.requests[0].headers["authorization"] == "Bearer hf_x"


def sent(server: ReplayServer) -> list[str]:
    return [request.headers["authorization"] for request in server.requests]


def test_a_token_is_read_at_the_first_request_and_once(server: ReplayServer) -> None:
    keeper = Keeper("hf_x")
    source = keeper.source(server)
    assert keeper.read == 0
    source.fetch(DAY)
    source.fetch(DAY)
    assert (keeper.read, sent(server)) == (1, ["Bearer hf_x"] * 2)


def test_a_token_that_is_refused_is_forgotten_and_read_anew(server: ReplayServer) -> None:
    keeper = Keeper("hf_old", "hf_new")
    source = keeper.source(server)
    server.script(Answer(401, b'{"error": "no good"}'))
    with pytest.raises(SourceRejected, match="answered 401: no good"):
        source.fetch(DAY)
    assert len(source.fetch(DAY).entries) == 1
    assert (keeper.read, sent(server)) == (2, ["Bearer hf_old", "Bearer hf_new"])


@pytest.mark.parametrize("page", [0, 1])
def test_a_page_with_a_known_token_is_refused(page: int) -> None:
    secret = "0123456789abcdef" * 2
    remember(secret)
    entries = [entry(n) for n in range(1, 102)]
    entries[100 * page] = entry(102, title=f"On {secret}")
    with replay_huggingface({str(DAY): answer(*entries)}) as server:
        with pytest.raises(PayloadError, match="holds a token that Paperboy knows") as caught:
            fetch(server)
        assert len(server.requests) == page + 1
    assert secret not in str(caught.value)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_another_refusal_forgets_no_token(server: ReplayServer, status: int) -> None:
    keeper = Keeper("hf_x")
    source = keeper.source(server)
    server.script(*[error(status)] * (1 + web.TRIES_AGAIN))
    with pytest.raises(SourceError):
        source.fetch(DAY)
    assert keeper.token() == "hf_x"


@pytest.mark.parametrize("kind", [SettingsError, SourceUnavailable])
def test_without_its_token_nothing_is_asked(
    server: ReplayServer, kind: type[PaperboyError]
) -> None:
    def read() -> NoReturn:
        raise kind("no token")

    source = HuggingFaceSource(server.url, lambda: inf, read_token=read)
    for _ in range(2):
        with pytest.raises(kind, match="no token"):
            source.fetch(DAY)
    assert server.requests == []


@pytest.mark.parametrize(("papers", "pages"), [(0, 1), (99, 1), (100, 2), (135, 2), (200, 3)])
def test_pages_are_read_until_one_is_short(papers: int, pages: int) -> None:
    day = answer(*(entry(n) for n in range(1, papers + 1)))
    with replay_huggingface({str(DAY): day}) as server:
        fetched = fetch(server)
    assert len(payload.parse(fetched)) == papers
    assert [request.query["p"] for request in server.requests] == [str(n) for n in range(pages)]
    assert payload.decode(fetched.body, DAY).entries == fetched.entries


def test_pages_without_end_are_an_error(server: ReplayServer) -> None:
    server.script(*[Answer(body=answer(*(entry(n) for n in range(1, 101))))] * 20)
    with pytest.raises(PayloadError, match="more than 10 pages"):
        fetch(server)
    assert len(server.requests) == 10


@pytest.mark.parametrize(
    "fault",
    [error(429), error(500), error(502), error(503), error(504), HTML, Answer(reset=True),
     Answer(delay=0.6), error(503, Retry_After="0"), error(429, Retry_After="soon"),
     error(429, Retry_After="Fri, 31 Dec 99999 23:59:59 GMT"), error(429, Retry_After="9" * 5000),
     Answer(503, b" " * 20 * 2**20)],
    ids=["429", "500", "502", "503", "504", "html", "reset", "time-out", "after", "unreadable",
         "year 99999", "digits", "20 MiB"],
)  # fmt: skip
def test_what_passes_is_tried_again(server: ReplayServer, fault: Answer) -> None:
    server.script(fault, fault)
    assert len(fetch(server).entries) == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (error(429), "answered 429: no"),
        (error(500), "answered 500: no"),
        (error(503, Retry_After="0"), "answered 503: no (asks to wait 0 s)"),
        (HTML, "answered 429: <html>Too many</html>"),
        (Answer(reset=True), "reset by peer"),
        (Answer(delay=0.6), "timed out"),
    ],
    ids=["429", "500", "503", "html", "reset", "time-out"],
)
def test_beyond_the_retries_it_is_unavailable(
    server: ReplayServer, fault: Answer, said: str
) -> None:
    server.script(*[fault] * 9)
    with pytest.raises(SourceUnavailable) as caught:
        fetch(server)
    assert said in str(caught.value)
    assert "2025-12-24" in str(caught.value)
    assert len(server.requests) == 1 + web.TRIES_AGAIN


@pytest.mark.parametrize(("seconds", "tries"), [(20.0, 1), (31.0, 2)])
def test_a_wait_longer_than_the_run_fails_at_once(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch, seconds: float, tries: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    server.script(error(429, Retry_After="30"), error(500, Retry_After="31"))
    with pytest.raises(SourceUnavailable, match="asks to wait 3"):
        fetch(server, seconds=seconds)
    assert len(server.requests) == tries
    assert slept == [30] * (tries - 1)


@pytest.mark.parametrize(
    "cut",
    [Answer(body=b"[" + b" " * 5000 + b"]", cut=2000), Answer(body=b"[]", cut=0)],
    ids=["half", "at once"],
)
def test_a_body_cut_short_is_unavailable(server: ReplayServer, cut: Answer) -> None:
    server.script(cut)
    with pytest.raises(SourceUnavailable, match="IncompleteRead"):
        fetch(server)


def test_a_trickle_ends_with_the_run(server: ReplayServer) -> None:
    server.script(Answer(body=b"[" + b" " * 5000 + b"]", drip=0.01))
    left = iter([9.0, 9.0, 9.0])
    with pytest.raises(SourceUnavailable, match="time is over"):
        HuggingFaceSource(server.url, lambda: next(left, 0.0)).fetch(DAY)


def test_a_try_is_no_longer_than_what_is_left_of_the_run(server: ReplayServer) -> None:
    server.script(*[Answer(delay=0.25)] * 9)
    with pytest.raises(SourceUnavailable, match="timed out"):
        fetch(server, seconds=0.1)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (error(400), "answered 400: no"),
        (error(401), "answered 401"),
        (error(403), "answered 403"),
        (error(404, X_Error_Message="not here"), "answered 404: not here"),
        (Answer(400, b'{"error": ["a", "b"]}'), 'answered 400: ["a", "b"]'),
        (Answer(400, b'{"errors": [{"message": "bad"}]}'), "answered 400: bad"),
        (Answer(204), "answered 204"),
        (Answer(301, b"", {"Location": "/api/elsewhere"}), "answered 301"),
        (Answer(302, b"", {"Location": "http://[::1"}), "answered 302"),
        (Answer(302, b" " * 20 * 2**20, {"Location": "/api/elsewhere"}), "answered 302"),
        (Answer(400, b'{"error": "a\\nb\\u001b[31m"}'), "answered 400: a b[31m ("),
        (Answer(400, b"x" * 5000), f"answered 400: {'x' * 120} ("),
        (error(400, X_Error_Message="x" * 5000), f"answered 400: {'x' * 120} ("),
    ],
)
def test_any_other_answer_is_rejected(server: ReplayServer, fault: Answer, said: str) -> None:
    server.script(fault)
    with pytest.raises(SourceRejected) as caught:
        fetch(server)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Answer(body=b"<html>Hello"), "not JSON: <html>Hello"),
        (Answer(body=b'{"error": "x"}'), "not a JSON array"),
        (Answer(body=b"[" + b" " * 20 * 2**20 + b"]"), "more than 16777216 bytes"),
        (
            Answer(body=gzip.compress(b" " * 20 * 2**20), headers={"Content-Encoding": "gzip"}),
            "more than 16777216 bytes",
        ),
    ],
    ids=["html", "object", "20 MiB", "20 MiB, packed"],
)
def test_another_body_is_a_payload_error(server: ReplayServer, fault: Answer, said: str) -> None:
    server.script(fault)
    with pytest.raises(PayloadError) as caught:
        fetch(server)
    assert said in str(caught.value)


def test_a_packed_body_is_unpacked(server: ReplayServer) -> None:
    server.script(Answer(body=gzip.compress(OK.body), headers={"Content-Encoding": "gzip"}))
    assert fetch(server).body == OK.body


def test_a_broken_packed_body_is_unavailable(server: ReplayServer) -> None:
    server.script(Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceUnavailable):
        fetch(server)


@pytest.mark.usefixtures("server")
def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(SourceError, match="refused"):
        HuggingFaceSource(url, lambda: inf).fetch(DAY)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)

    def quota(self) -> Quota:
        return Quota(lambda: self.now, self.sleep)


def limited(left: int, seconds: int, answer: Answer = OK) -> Answer:
    limit = {"RateLimit": f'"api";r={left};t={seconds}'}
    return Answer(answer.status, answer.body, {**answer.headers, **limit})


def test_another_source_waits_when_nothing_is_left(server: ReplayServer) -> None:
    clock = Clock()
    quota = clock.quota()
    server.script(limited(0, 42))
    for _ in range(2):
        HuggingFaceSource(server.url, lambda: inf, quota).fetch(DAY)
    assert clock.slept == [43]


@pytest.mark.parametrize(
    "answer",
    [limited(0, 42, error(404)), limited(0, 42, Answer(body=b"garbage"))],
    ids=["rejected", "garbage"],
)
def test_a_bad_answer_says_what_is_left_too(server: ReplayServer, answer: Answer) -> None:
    quota = Clock().quota()
    server.script(answer)
    with pytest.raises(SourceError):
        HuggingFaceSource(server.url, lambda: inf, quota).fetch(DAY)
    assert quota.idle() == 43


def test_the_next_try_waits_for_what_the_failed_one_said(server: ReplayServer) -> None:
    clock = Clock()
    server.script(limited(0, 42, error(429)), limited(0, 7, error(500)))
    HuggingFaceSource(server.url, lambda: inf, clock.quota()).fetch(DAY)
    assert clock.slept == [43, 8]
    assert len(server.requests) == 3


def test_a_limit_that_outlasts_the_run_fails_at_once(server: ReplayServer) -> None:
    clock = Clock()
    source = HuggingFaceSource(server.url, lambda: 43.0, clock.quota())
    server.script(limited(0, 42, error(429)))
    for _ in ("between tries", "before the first"):
        with pytest.raises(SourceUnavailable) as caught:
            source.fetch(DAY)
        said = "allows no request for 43 s, longer than what is left of the run: try again then"
        assert said in str(caught.value)
        assert f"(2025-12-24, {server.url}/api/daily_papers)" in str(caught.value)
    assert len(server.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    "fault", [error(500), Answer(reset=True), Answer(delay=0.6)], ids=["500", "reset", "time-out"]
)
def test_each_try_counts(server: ReplayServer, fault: Answer) -> None:
    clock = Clock()
    quota = clock.quota()
    server.script(fault, fault)
    HuggingFaceSource(server.url, lambda: inf, quota).fetch(DAY)
    for _ in range(LIMIT - len(server.requests)):
        quota.admit(lambda: inf)
    assert clock.slept == []
    assert quota.idle() == WINDOW


def test_the_server_refuses_nobody_who_keeps_to_its_limit() -> None:
    clock = Clock()
    allowance = Allowance(RESERVE + 40, clock=lambda: clock.now)
    quota = clock.quota()
    with replay_huggingface({}, allowance) as server:
        for number in range(130):
            source = HuggingFaceSource(server.url, lambda: inf, quota)
            source.fetch(DAY + timedelta(days=number))
    assert len(server.requests) == 130
    assert allowance.refused == 0
    assert clock.slept == [WINDOW + 1] * 3


def test_threads_are_refused_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.BoundedRetry, "get_backoff_time", lambda _: 0.0)
    clock = Clock()
    allowance = Allowance(RESERVE + 40, clock=lambda: clock.now)
    quota = clock.quota()
    with replay_huggingface({}, allowance) as server, ThreadPoolExecutor(4) as pool:
        server.mishap = mishaps(1, 0.3, lasting=2, kinds={"500": error(500)})
        struck = [server.mishap(str(DAY + timedelta(days=n)), 0) for n in range(100)]

        def fetch(number: int) -> None:
            source = HuggingFaceSource(server.url, lambda: inf, quota)
            source.fetch(DAY + timedelta(days=number))

        list(pool.map(fetch, range(100)))
    assert len(server.requests) == 100 + 2 * sum(map(bool, struck))
    assert allowance.refused == 0
