"""Raw payloads in the store: what the source answered, gzipped, under the digest of its bytes."""

import gzip
import zlib
from collections.abc import Callable
from datetime import date
from functools import partial
from hashlib import sha256

from core.archive.writer import Writer
from core.edition import payload
from core.model import keys
from core.model.errors import PayloadError
from core.model.objects import StoredObject
from core.model.paper import Payload

# Byte 9 of a gzip header tells the system (RFC 1952); each Python writes its own.
SYSTEM, UNKNOWN = 9, b"\xff"


def key_of(payload: Payload) -> str:
    """Return the key that a payload has."""
    return keys.raw_payload(payload.day, sha256(payload.body).hexdigest())


def publishing(payload: Payload, writer: Writer) -> Callable[[], object]:
    """Return what keeps a payload, unless it is there already; it is looked for now."""

    def kept(stored: StoredObject | None) -> bytes:
        return stored.body if stored else packed(payload.body)

    key = key_of(payload)
    stored = writer.look(key)
    return partial(writer.swap, key, stored, kept(stored), kept)


def packed(body: bytes) -> bytes:
    """Return the body packed, without the time and system that the header has a place for."""
    made = gzip.compress(body, mtime=0)
    return made[:SYSTEM] + UNKNOWN + made[SYSTEM + 1 :]


def unpacked(body: bytes, day: date, where: str) -> Payload:
    """Return the payload that lies packed at `where`. Raises `PayloadError`."""
    try:
        return payload.decode(gzip.decompress(body), day, where)
    except (OSError, EOFError, zlib.error) as error:
        raise PayloadError(f"broken gzip file: {error}", day, where) from error
