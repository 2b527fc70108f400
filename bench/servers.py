"""The loopback servers, in a process of their own, so that their work is not counted.

Asked `{"day": …}`, it replays such a day from now on (see `Day`); asked `{}`, it answers with
the requests since the last question. Either way it says where it listens.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from bench import days, machine, talk

BUCKET = "papers"


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
    """A request that was made of the source or the store."""

    server: str
    method: str
    path: str


class Servers:
    """A source and a store that run elsewhere."""

    def __init__(self, partner: talk.Partner) -> None:
        self._partner = partner
        answer = partner.ask({})
        self.source: str = answer["source"]
        self.store: str = answer["store"]

    def replay(self, day: Day) -> None:
        """Let the source answer with this day from now on."""
        self._partner.ask({"day": asdict(day)})

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
    from tests.support.servers import Request, replay_huggingface, s3_server

    replayed: dict[str, Any] = {days.DAY: Day().payload()}

    def taken(requests: list[Request], server: str) -> list[tuple[str, str, str]]:
        asked = [(server, request.method, request.path) for request in requests]
        requests.clear()
        return asked

    with replay_huggingface(replayed) as source, s3_server(BUCKET) as store:

        def answer(question: dict[str, Any]) -> dict[str, Any]:
            if "day" in question:
                replayed[days.DAY] = Day(**question["day"]).payload()
            requests = taken(source.requests, "source") + taken(store.requests, "store")
            return {"source": source.url, "store": store.url, "requests": requests}

        talk.answer_all(answer)


if __name__ == "__main__":
    main()
