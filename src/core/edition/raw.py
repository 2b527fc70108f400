"""Raw payloads in the store: what the source answered, gzipped, under the digest of its bytes."""

import gzip
import zlib
from datetime import date
from hashlib import sha256

from core.edition import payload
from core.edition.ranking import rank
from core.model import keys
from core.model.errors import PayloadError
from core.model.paper import Edition, Payload

# Byte 9 of a gzip header names the system (RFC 1952); versions of Python differ in it.
SYSTEM, UNKNOWN = 9, b"\xff"
LEVEL = 4


def key_of(payload: Payload) -> str:
    """Return the key that a payload has."""
    return keys.raw_payload(payload.day, sha256(payload.body).hexdigest())


def packed(body: bytes) -> bytes:
    """Return the body gzipped, without the time and system that the header has a place for."""
    made = gzip.compress(body, LEVEL, mtime=0)
    return made[:SYSTEM] + UNKNOWN + made[SYSTEM + 1 :]


def unpacked(body: bytes, day: date, where: str) -> Payload:
    """Return the payload that lies gzipped at `where`. Raises `PayloadError`."""
    try:
        return payload.decode(gzip.decompress(body), day, where)
    except (OSError, EOFError, zlib.error) as error:
        raise PayloadError(f"broken gzip file: {error}", day, where) from error


def edition_of(source: Payload) -> Edition:
    """Return the edition that a payload makes, ranked. Raises `PayloadError`."""
    return Edition(source.day, rank(payload.parse(source)))
