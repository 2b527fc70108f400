"""Raw payloads in the store: the source's answers, gzipped, under the digest of their bytes."""

import gzip
import zlib
from datetime import date
from hashlib import sha256
from io import BytesIO

from core.edition import payload
from core.edition.limits import MOST_BYTES, LimitError
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
    """Return the body gzipped; the header names neither time nor system."""
    made = gzip.compress(body, LEVEL, mtime=0)
    return made[:SYSTEM] + UNKNOWN + made[SYSTEM + 1 :]


def unpacked(body: bytes, day: date, where: str) -> Payload:
    """Return the payload that is gzipped in `body`, the object at `where`.

    Raises `PayloadError`.
    """
    try:
        return payload.decode(unzipped(body), day, where)
    except ValueError as error:
        raise PayloadError(str(error), day, where) from error


def unzipped(body: bytes, most: int = MOST_BYTES) -> bytes:
    """Return the content of a gzip file, which may have several members.

    Raises `LimitError` when the content has more bytes than `most`, before it unpacks the rest, and
    another `ValueError` when the file is broken.
    """
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as file:
            unpacked = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"broken gzip file: {error}") from error
    if len(unpacked) > most:
        raise LimitError(f"the gzip file holds more than {most:,} bytes")
    return unpacked


def edition_of(source: Payload) -> Edition:
    """Return the edition of a payload, ranked. Raises `PayloadError`."""
    return Edition(source.day, rank(payload.parse(source)))
