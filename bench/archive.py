"""A crawler's archive as long as the blog's own, made from the recorded days beside the project.

`python -m bench.archive DIRECTORY` writes `DIRECTORY/blog` and `DIRECTORY/payloads`: in a process
of its own, so that measured processes do not inherit its memory.
"""

import re
import sys
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path

from bench.days import ROOT

RECORDED = ROOT.parent / "shared" / "data"
DAYS = 279
FIRST = date(2025, 11, 17)
ARXIV_ID = re.compile(rb"(?<![\d.])(\d{4})\.(\d{5})(?!\d)")
STEP = 9_973


def main(directory: Path) -> None:
    """Write the archive: the recorded blog's days and answers again and again, with other ids."""
    blog, data, posts = RECORDED / "blog", Path("_data/papers"), Path("_posts")
    for place in (directory / "payloads", directory / "blog" / data, directory / "blog" / posts):
        place.mkdir(parents=True)
    recorded = sorted((blog / data).glob("daily-*.json"))
    answers = sorted(path for path in (RECORDED / "api").glob("*.json") if ".raw" not in path.name)
    for number, (stored, other) in enumerate(islice(zip(cycle(recorded), cycle(answers)), DAYS)):
        day, old = str(FIRST + timedelta(days=number)), stored.stem.removeprefix("daily-")
        turn = number // len(recorded)
        own = RECORDED / "api" / f"{old}.json"
        answer = own if own.is_file() else other
        body = _moved(answer.read_bytes(), answer.stem, day, turn)
        (directory / "payloads" / f"{day}.json").write_bytes(body)
        for path in (stored, *(blog / posts).glob(f"{old}-daily-*.md")):
            place = directory / path.relative_to(RECORDED)
            place.with_name(path.name.replace(old, day)).write_bytes(
                _moved(path.read_bytes(), old, day, turn)
            )


def _moved(body: bytes, old: str, new: str, turn: int) -> bytes:
    """Return a file of another day, with other papers: as none is there twice."""

    def renamed(found: re.Match[bytes]) -> bytes:
        return b"%b.%05d" % (found[1], (int(found[2]) + turn * STEP) % 100_000)

    return ARXIV_ID.sub(renamed, body.replace(old.encode(), new.encode()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
