"""What every store promises: the fake, the directory, and S3 (moto's, over HTTP)."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.directory import DirectoryStore
from adapters.s3 import S3Store
from core.model import keys
from core.model.errors import StoreConflict
from core.model.ports import Store
from tests.support.fakes import MemoryStore
from tests.support.servers import s3_server

KEY = "daily/2025-12-24.json"
STORES = ["memory", "directory", "s3", "s3 with a prefix"]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with ExitStack() as stack:
        match request.param:
            case "memory":
                yield MemoryStore()
            case "directory":
                yield DirectoryStore(tmp_path / "not" / "there yet")
            case _:
                server = stack.enter_context(s3_server("bucket"))
                prefix = "papers/" if "prefix" in request.param else ""
                yield S3Store(server.service(), "bucket", prefix, lambda: 60.0)


def put(store: Store, body: bytes, replaces: str | None, key: str = KEY) -> str:
    """Put an object and return its ETag."""
    store.put(keys.artifact(key, body), replaces=replaces)
    stored = store.get(key)
    assert stored
    return stored.etag


def body(store: Store, key: str = KEY) -> bytes | None:
    stored = store.get(key)
    return stored.body if stored else None


def test_what_was_never_put_is_not_there(store: Store) -> None:
    assert store.get(KEY) is None


@pytest.mark.parametrize("content", [b"", b"{}", "한국어 ζ".encode(), bytes(range(256)) * 999])
def test_what_was_put_is_there(store: Store, content: bytes) -> None:
    put(store, content, None)
    assert body(store) == content


def test_keys_do_not_touch_each_other(store: Store) -> None:
    for key in (KEY, "latest.json", "raw/2025-12-24/0123.json.gz"):
        put(store, key.encode(), None, key)
    assert body(store, "latest.json") == b"latest.json"
    assert body(store, "raw/2025-12-24/0123.json.gz") == b"raw/2025-12-24/0123.json.gz"
    assert store.get("daily") is None


def test_the_etag_is_the_version_that_is_read(store: Store) -> None:
    first = put(store, b"one", None)
    assert put(store, b"two", first) != first
    assert body(store) == b"two"


def test_a_new_object_replaces_none(store: Store) -> None:
    put(store, b"theirs", None)
    with pytest.raises(StoreConflict):
        put(store, b"ours", None)
    assert body(store) == b"theirs"


def test_an_object_that_changed_meanwhile_is_not_replaced(store: Store) -> None:
    read = put(store, b"one", None)
    put(store, b"theirs", read)
    with pytest.raises(StoreConflict) as caught:
        put(store, b"ours", read)
    assert KEY in str(caught.value)
    assert body(store) == b"theirs"


def test_an_object_that_is_gone_is_not_replaced(store: Store) -> None:
    with pytest.raises(StoreConflict):
        put(store, b"ours", '"0123456789abcdef0123456789abcdef"')
    assert store.get(KEY) is None


def test_a_location_ends_with_the_key(store: Store) -> None:
    assert store.location(KEY).endswith(KEY)
