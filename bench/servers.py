"""The loopback servers, in a process of their own, so that their work is not counted.

A question is an object whose names each ask for one thing: see the methods of `Servers`.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import days, machine, talk
from bench.replay import Replay

if TYPE_CHECKING:
    from tests.support.github import GitHub
    from tests.support.servers import S3Server

REPOSITORY = "ada/blog"


@dataclass(frozen=True, slots=True)
class Day:
    """The day that the source replays: the bundled sample, or one of `bench.days`."""

    papers: int | None = None
    authors: int | None = None
    turn: int = 0

    def payload(self) -> bytes:
        """Return the source's answer."""
        if self.papers is None:
            return days.SAMPLE.read_bytes()
        return days.payload(self.papers, self.authors, self.turn)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was made of the source, the store, the secrets or GitHub.

    Of GitHub, the method is query or mutation.
    """

    server: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """When an invocation was answered, in seconds of the monotonic clock, and its error, if any."""

    at: float
    error: str | None


@dataclass(frozen=True, slots=True)
class Blog:
    """A repository on the test GitHub: its API, and where the token is kept."""

    url: str
    secrets: str
    secret: str
    token_file: str

    def environment(self, *, on_desk: bool = False) -> dict[str, str]:
        """Return what names this blog to Paperboy; a desk has the token in a file."""
        return {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.secrets,
            "PAPERBOY_BLOG_REPOSITORY": REPOSITORY,
            "PAPERBOY_BLOG_API": self.url,
            "PAPERBOY_BLOG_SECRET": self.token_file if on_desk else self.secret,
        }


class Servers:
    """A source, a store, a GitHub and a Runtime API that run elsewhere."""

    def __init__(self, partner: talk.Partner) -> None:
        self._partner = partner
        answer = partner.ask({})
        self.source: str = answer["source"]
        self.store: str = answer["store"]
        self.runtime: str = answer["runtime"]

    def replay(self, day: Day) -> None:
        """Let the source answer with this day from now on."""
        self._partner.ask({"day": asdict(day)})

    def copy(self, old: str, new: str) -> None:
        """Copy the store's objects under one prefix to another, which then has no others."""
        self._partner.ask({"copy": [old, new]})

    def delay(self, source: float = 0, store: float = 0) -> None:
        """Let each answer take so many seconds from now on."""
        self._partner.ask({"delays": [source, store]})

    def new_blog(self, files: Path | None = None) -> Blog:
        """Run a new GitHub, whose repository has the files below a directory, if any."""
        return Blog(**self._partner.ask({"blog": str(files or "")})["blog"])

    def keep(self, directory: Path, prefix: str) -> None:
        """Write the requests since the last question, for `bench.plan`; keys are below `prefix`."""
        self._partner.ask({"keep": [str(directory), prefix]})

    def expect(self, event: object) -> None:
        """Have this event for the next process that asks the Runtime API."""
        self._partner.ask({"expect": event})

    def outcome(self, seconds: float) -> Outcome | None:
        """Wait so long for the invocation's answer; return None when there is none by then."""
        outcome = self._partner.ask({"outcome": seconds})["outcome"]
        return Outcome(**outcome) if outcome else None

    def requests(self) -> list[Asked]:
        """Return the requests since this was asked last, those of the source first."""
        return [Asked(*asked) for asked in self._partner.ask({"requests": True})["requests"]]


@contextmanager
def running() -> Iterator[Servers]:
    """Run the servers on their own core, where there is more than one."""
    command = [sys.executable, "-m", "bench.servers"]
    with machine.on_core(machine.SERVERS), talk.partner(command, days.ROOT) as partner:
        servers = Servers(partner)
        machine.use_core(machine.CONTENDER)
        yield servers


def main() -> None:
    """Serve until nothing more is asked."""
    with Replay(Day().payload()) as replay, _Blogs() as blogs:

        def answer(question: dict[str, Any]) -> dict[str, Any]:
            made = replay.urls()
            if "day" in question:
                replay.day(Day(**question["day"]).payload())
            if "copy" in question:
                replay.copy(*question["copy"])
            if "delays" in question:
                replay.delay(*question["delays"])
            if "blog" in question:
                made["blog"] = asdict(blogs.start(question["blog"]))
            if "keep" in question:
                replay.keep(*question["keep"])
            if "expect" in question:
                replay.runtime.expect(json.dumps(question["expect"]).encode())
            if "outcome" in question:
                made["outcome"] = replay.runtime.outcome(question["outcome"])
            if "requests" in question:
                made["requests"] = [*replay.taken(), *blogs.taken()]
            return made

        talk.answer_all(answer)


class _Blogs(ExitStack):
    """The test GitHub, one at a time, and where its token is: moto's Secrets Manager, or a file."""

    def __init__(self) -> None:
        super().__init__()
        self._manager: S3Server | None = None
        self._running = self.enter_context(ExitStack())
        self._github: GitHub | None = None
        self._places: dict[str, str] = {}

    def start(self, directory: str) -> Blog:
        """Run a new GitHub in place of the one before."""
        from tests.support.github import github

        root = Path(directory) if directory else None
        paths = [path for path in root.rglob("*") if path.is_file()] if root else []
        files = {str(path.relative_to(root)): path.read_bytes() for path in paths if root}
        self._running.close()
        place = Path(self._running.enter_context(tempfile.TemporaryDirectory()))
        self._github = self._running.enter_context(github(place, REPOSITORY, files=files))
        self._places = self._places or self._keep_token()
        return Blog(self._github.url, **self._places)

    def taken(self) -> list[tuple[str, str, str]]:
        """Return the requests of GitHub and Secrets Manager, and forget them."""
        requests = self._github.requests if self._github else []
        secrets = self._manager.requests if self._manager else []
        asked = [("secrets", request.method, request.path) for request in secrets]
        asked += [("github", request.kind, " ".join(request.fields)) for request in requests]
        requests.clear()
        secrets.clear()
        return asked

    def _keep_token(self) -> dict[str, str]:
        """Keep the token in both of its places."""
        import boto3
        from tests.support.github import TOKEN
        from tests.support.servers import CREDENTIAL, REGION, s3_server

        self._manager = self.enter_context(s3_server())
        file = Path(self.enter_context(tempfile.TemporaryDirectory())) / "token"
        file.write_text(TOKEN, "ascii")
        manager = boto3.client(
            "secretsmanager",
            REGION,
            endpoint_url=self._manager.url,
            aws_access_key_id=CREDENTIAL,
            aws_secret_access_key=CREDENTIAL,
        )
        with closing(manager):
            secret = manager.create_secret(Name="paperboy", SecretString=TOKEN)["ARN"]
        place = {"secrets": self._manager.url, "token_file": file.as_uri()}
        return {"secret": secret, **place}


if __name__ == "__main__":
    main()
