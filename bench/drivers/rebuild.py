"""`seed DIRECTORY EDITIONS PAPERS` makes an archive that has editions and months, nothing else.

`rebuild DIRECTORY` brings all that follows from these, and prints what it read and wrote as JSON.
"""

import json
import sys
from dataclasses import replace
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from bench import weekdays
from bench.drivers.store import CountingStore, ports
from core.archive import rebuild
from core.archive.catalog import with_edition
from core.edition.payload import decode
from core.model import keys
from core.model.dates import first_of_month
from core.model.month import Month, MonthEdition
from core.publish import edition_of
from core.render import json as edition_json
from core.render import month as month_json

NEWEST = weekdays.NEWEST


def seed(root: Path, editions: int, papers: int) -> None:
    """Write the editions and their months."""
    store = CountingStore(root)

    def put(key: str, body: bytes) -> None:
        store.put(keys.artifact(key, body), replaces=None)

    for first, days in groupby(weekdays.until(NEWEST, editions), first_of_month):
        month = Month(first)
        for day in days:
            edition = edition_of(decode(weekdays.payload(day, papers), day))
            body = edition_json.render(edition)
            put(keys.edition_json(day), body)
            digest = sha256(body).hexdigest()
            month = with_edition(month, MonthEdition(edition, digest, weekdays.runs(day)[0]))
        put(keys.month_json(first), month_json.render(month))


def bring(root: Path) -> None:
    """Rebuild, and print how often which objects were read and written."""
    store = CountingStore(root)
    made = replace(ports(root), store=store)
    names = {change.key for change in rebuild.rebuild(weekdays.runs(NEWEST)[1], made)}
    found = {
        "objects": len(names),
        "gets": store.gets.total(),
        "objects read": len(store.gets),
        "puts": store.puts.total(),
        "read": store.read.total(),
        "written": store.written.total(),
    }
    print(json.dumps(found))


def main(task: str, root: str, *numbers: str) -> None:
    """Do one of the two."""
    if task == "seed":
        seed(Path(root), *map(int, numbers))
    else:
        bring(Path(root))


if __name__ == "__main__":
    main(*sys.argv[1:])
