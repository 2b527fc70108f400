"""The loopback servers, in a process of their own, so that their work is not counted.

Asked `{"day": …}`, it replays such a day from now on (see `Day`); asked `{"copy": …}`, it copies
objects; asked `{"blog": …}`, it runs a new GitHub. Each answer has the requests since the last one.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import days, machine, talk

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CopySourceTypeDef
    from tests.support.github import GitHub
    from tests.support.servers import Request, S3Server

BUCKET = "papers"
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
class Blog:
    """A repository on the test GitHub: its API, and where the token is kept."""

    url: str
    secret: str
    token_file: str

    def environment(self, *, on_desk: bool = False) -> dict[str, str]:
        """Return what names this blog to Paperboy; a desk has the token in a file."""
        return {
            "PAPERBOY_BLOG_REPOSITORY": REPOSITORY,
            "PAPERBOY_BLOG_API": self.url,
            "PAPERBOY_BLOG_SECRET": self.token_file if on_desk else self.secret,
        }


class Servers:
    """A source, a store and a GitHub that run elsewhere."""

    def __init__(self, partner: talk.Partner) -> None:
        self._partner = partner
        answer = partner.ask({})
        self.source: str = answer["source"]
        self.store: str = answer["store"]

    def replay(self, day: Day) -> None:
        """Let the source answer with this day from now on."""
        self._partner.ask({"day": asdict(day)})

    def copy(self, old: str, new: str) -> None:
        """Copy the store's objects under one prefix to another."""
        self._partner.ask({"copy": [old, new]})

    def new_blog(self, files: Path | None = None) -> Blog:
        """Run a new GitHub, whose repository has the files below a directory, if any."""
        return Blog(**self._partner.ask({"blog": str(files or "")})["blog"])

    def requests(self) -> list[Asked]:
        """Return the requests since this was asked last, those of the source first."""
        return [Asked(*asked) for asked in self._partner.ask({})["requests"]]


@contextmanager
def running() -> Iterator[Servers]:
    """Run both servers on their own core, where there is more than one."""
    command = [sys.executable, "-m", "bench.servers"]
    with machine.on_core(machine.SERVERS), talk.partner(command, days.ROOT) as partner:
        servers = Servers(partner)
        machine.use_core(machine.CONTENDER)
        yield servers


def main() -> None:
    """Serve until nothing more is asked."""
    # Costly to import, and needed in this process only.
    from tests.support.servers import replay_huggingface, s3_server

    replayed: dict[str, Any] = dict.fromkeys((days.DAY, days.DAY_BEFORE), Day().payload())
    with (
        replay_huggingface(replayed) as source,
        s3_server(BUCKET) as store,
        _Blogs(store) as blogs,
    ):

        def answer(question: dict[str, Any]) -> dict[str, Any]:
            made: dict[str, Any] = {}
            if "day" in question:
                replayed[days.DAY] = Day(**question["day"]).payload()
            if "copy" in question:
                _copy(store, *question["copy"])
            if "blog" in question:
                made["blog"] = asdict(blogs.start(question["blog"]))
            requests = [("source", *asked) for asked in _taken(source.requests)]
            requests += [
                ("secrets" if asked[1] == "/" else "store", *asked)
                for asked in _taken(store.requests)
            ]
            requests += blogs.taken()
            return {"source": source.url, "store": store.url, "requests": requests, **made}

        talk.answer_all(answer)


class _Blogs(ExitStack):
    """The test GitHub, one at a time, and where its token is."""

    def __init__(self, store: "S3Server") -> None:
        super().__init__()
        self._store = store
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
        """Return the requests of GitHub, and forget them."""
        requests = self._github.requests if self._github else []
        asked = [("github", request.kind, " ".join(request.fields)) for request in requests]
        requests.clear()
        return asked

    def _keep_token(self) -> dict[str, str]:
        """Keep the token in both of its places."""
        import boto3
        from tests.support.github import TOKEN
        from tests.support.servers import CREDENTIAL, REGION

        file = Path(self.enter_context(tempfile.TemporaryDirectory())) / "token"
        file.write_text(TOKEN, "ascii")
        manager = boto3.client(
            "secretsmanager",
            REGION,
            endpoint_url=self._store.url,
            aws_access_key_id=CREDENTIAL,
            aws_secret_access_key=CREDENTIAL,
        )
        with closing(manager):
            secret = manager.create_secret(Name="paperboy", SecretString=TOKEN)["ARN"]
        return {"secret": secret, "token_file": file.as_uri()}


def _copy(store: "S3Server", old: str, new: str) -> None:
    with closing(store.client()) as s3:
        for stored in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{old}/").get("Contents", []):
            source: CopySourceTypeDef = {"Bucket": BUCKET, "Key": stored["Key"]}
            key = new + stored["Key"].removeprefix(old)
            s3.copy_object(CopySource=source, Bucket=BUCKET, Key=key)
    store.requests.clear()


def _taken(requests: "list[Request]") -> list[tuple[str, str]]:
    """Return the requests' methods and paths, and forget them."""
    asked = [(request.method, request.path) for request in requests]
    requests.clear()
    return asked


if __name__ == "__main__":
    main()
