"""What every store promises: the fake, the directory, and S3 (moto's, in process and served)."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from adapters.aws_clients import client
from adapters.directory import DirectoryStore
from adapters.s3 import S3Store
from core.edition.limits import MOST_OF_AN_OBJECT
from core.model.errors import StoreConflict, StoreError
from core.model.objects import Artifact, ListedObject
from core.model.ports import Store
from tests.support.command import killed, paperboy, tree, write
from tests.support.fakes import MemoryStore
from tests.support.papers import DAY, answer, entry
from tests.support.servers import s3_server

KEY = "daily/2025-12-24.json"
ODD_KEYS = [
    "a b/c+d%20e.json",
    "a!b*c'd(e)f~g/h_i-j.json",
    "raw/2025-12-24/한국어 ζ 👍.json.gz",
    "q?x=1&y=2#z",
    "no directory",
]
# In the order of keys, which is that of UTF-8's bytes: 0x2d, 0x2e, 0x2f, 0x30, then letters.
ORDERED = ["a-b/1", "a-b/2", "a.json", "a/-", "a/1.json", "a/1/2", "a/10", "a0", "aé", "b"]
PAGE = 4


@pytest.fixture(params=["memory", "directory", "s3", "s3 server, prefix"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    # S3 gives 1,000 keys a page. Each has a test with more pages than one.
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", str(PAGE))
    match request.param:
        case "memory":
            memory = MemoryStore()
            memory.time = time.time()
            yield memory
        case "directory":
            yield DirectoryStore(tmp_path / "not" / "there yet")
        case "s3":
            with mock_aws():
                region: Any = {"LocationConstraint": "eu-central-1"}
                client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration=region)
                yield S3Store(lambda: client("s3"), "bucket", "", lambda: 60.0)
        case _:
            with s3_server("bucket") as server:
                monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
                client("s3").put_object(Bucket="bucket", Key="elsewhere", Body=b"")
                yield S3Store(lambda: client("s3"), "bucket", "papers/", lambda: 60.0)


def put(store: Store, body: bytes, replaces: str | None = None, key: str = KEY) -> str:
    return store.put(Artifact(key, body, "application/json", "no-cache"), replaces=replaces)


def body(store: Store, key: str = KEY) -> bytes | None:
    stored = store.get(key)
    return stored.body if stored else None


def test_what_was_never_put_is_not_there(store: Store) -> None:
    assert store.get(KEY) is None
    assert list(store.list("")) == []


@pytest.mark.parametrize("content", [b"", b"{}", "한국어 ζ".encode(), bytes(range(256)) * 999])
def test_what_was_put_is_there(store: Store, content: bytes) -> None:
    put(store, content)
    assert body(store) == content


def test_keys_do_not_touch_each_other(store: Store) -> None:
    for key in (KEY, "latest.json", "raw/2025-12-24/0123.json.gz"):
        put(store, key.encode(), key=key)
    assert body(store, "latest.json") == b"latest.json"
    assert body(store, "raw/2025-12-24/0123.json.gz") == b"raw/2025-12-24/0123.json.gz"
    assert store.get("daily") is None


@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_key_may_have_any_characters(store: Store, key: str) -> None:
    etag = put(store, b"1", key=key)
    put(store, b"23", etag, key=key)
    assert body(store, key) == b"23"
    assert [(found.key, found.size) for found in store.list("")] == [(key, 2)]


def test_put_get_and_list_tell_the_same_etag(store: Store) -> None:
    first = put(store, b"one")
    second = put(store, b"two", first)
    stored = store.get(KEY)
    assert stored
    assert stored.etag == second != first
    assert list(store.list("daily/")) == [ListedObject(KEY, second, 3)]


def test_equal_bytes_have_equal_etags(store: Store) -> None:
    first = put(store, b"one")
    assert put(store, b"one", put(store, b"two", first)) == first


@pytest.mark.parametrize("theirs", [b"theirs", None], ids=["replaced", "deleted"])
def test_an_object_that_changed_meanwhile_is_not_replaced(
    store: Store, theirs: bytes | None
) -> None:
    if theirs:
        put(store, theirs)
    with pytest.raises(StoreConflict) as caught:
        put(store, b"ours", '"0123456789abcdef0123456789abcdef"')
    assert KEY in str(caught.value)
    assert body(store) == theirs


def test_a_new_object_replaces_none(store: Store) -> None:
    put(store, b"theirs")
    with pytest.raises(StoreConflict):
        put(store, b"ours")
    assert body(store) == b"theirs"


def test_a_listing_is_in_order_and_whole(store: Store) -> None:
    for key in reversed(ORDERED):
        put(store, key.encode(), key=key)
    found = [(one.key, one.size) for one in store.list("")]
    assert found == [(key, len(key.encode())) for key in ORDERED]
    assert len(found) > 2 * PAGE


def test_a_listing_has_what_begins_with_its_prefix(store: Store) -> None:
    expected: dict[str, list[str]] = {
        "a/": ["a/-", "a/1.json", "a/1/2", "a/10"],
        "a/1": ["a/1.json", "a/1/2", "a/10"],
        "a": ORDERED[:-1],
        "a/1/2": ["a/1/2"],
        "a/1/2/": [],
        "elsewhere": [],
        "nowhere/at/all": [],
    }
    for key in ORDERED:
        put(store, b"", key=key)
    assert {prefix: [one.key for one in store.list(prefix)] for prefix in expected} == expected


def test_the_time_is_near_the_hosts(store: Store) -> None:
    before = store.now()
    put(store, b"{}")
    assert abs(before - time.time()) < 5
    assert abs(store.now() - time.time()) < 5


def test_a_holder_is_not_gone_while_it_runs(store: Store) -> None:
    assert not store.is_gone(store.holder())
    assert not store.is_gone("")


def test_a_location_ends_with_the_key(store: Store) -> None:
    assert store.location(KEY).endswith(KEY)


@pytest.mark.parametrize(
    ("holder", "gone"),
    [
        (f"{socket.gethostname()} 4194304", True),  # beyond Linux' largest id of a process
        (f"{socket.gethostname()} {'9' * 30}", True),
        (f"{socket.gethostname()} {{pid}}", False),
        (f"{socket.gethostname()} 1", False),
        (f"{socket.gethostname()} 0", False),
        (f"{socket.gethostname()} -1", False),
        ("another-host 4194304", False),
        (socket.gethostname(), False),
    ],
)
def test_a_directory_knows_which_processes_have_ended(
    tmp_path: Path, holder: str, gone: bool
) -> None:
    own = holder.format(pid=os.getpid())
    assert DirectoryStore(tmp_path).is_gone(own) is gone


def test_a_directory_has_no_drafts_or_hidden_files_in_its_listing(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    put(store, b"{}")
    for name in (".DS_Store", "daily/.2025-12-24.json", ".git/config", ".draft"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [found.key for found in store.list("")] == [KEY]


def link(to: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(to)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MOST_OF_AN_OBJECT + 1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (os.mkfifo, "it is not a regular file"),
        (link("../../secret"), "it is outside "),
        (link("/dev/zero"), "it is outside "),
        (link("../.draft"), "it is a hidden file of "),
        (link("2025-12-24.json"), "it is a link to itself"),
        (sparse, "it has more than 134,217,728 bytes"),
    ],
)
def test_what_is_no_object_of_a_directory(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    write(tmp_path, {"secret": b"secret", "root/daily/2025-12-23.json": b"{}"})
    make(tmp_path / "root" / KEY)
    store = DirectoryStore(tmp_path / "root")
    assert [found.key for found in store.list("")] == ["daily/2025-12-23.json"]
    with pytest.raises(StoreError, match=f"cannot read: {said}.*{KEY}"):
        store.get(KEY)
    for replaces in (None, "0"):
        with pytest.raises(StoreError, match=f"{said}.*{KEY}"):
            put(store, b"{}", replaces)
    assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("key", [KEY, "daily/new/1.json"])
def test_no_directory_leads_out_of_a_directory(tmp_path: Path, key: str) -> None:
    write(tmp_path, {"root/a.json": b"{}", "outside/2025-12-24.json": b"theirs"})
    (tmp_path / "root" / "daily").symlink_to("../outside")
    store = DirectoryStore(tmp_path / "root")
    assert [found.key for found in store.list("")] == ["a.json"]
    assert list(store.list("daily/")) == []
    for act in (lambda: store.get(key), lambda: put(store, b"ours", key=key)):
        with pytest.raises(StoreError, match=f"it is outside .*{key}"):
            act()
    assert tree(tmp_path / "outside") == {"2025-12-24.json": b"theirs"}


def test_the_root_of_a_directory_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "there", {"a.json": b"{}"})
    (tmp_path / "root").symlink_to("there")
    store = DirectoryStore(tmp_path / "root")
    put(store, b"1")
    assert [found.key for found in store.list("")] == ["a.json", KEY]
    assert tree(tmp_path / "there") == {"a.json": b"{}", KEY: b"1"}


def test_a_directory_does_not_write_through_its_draft(tmp_path: Path) -> None:
    write(tmp_path, {"mine": b"mine", "root/a.json": b"{}"})
    (tmp_path / "root" / ".draft").symlink_to("../mine")
    put(DirectoryStore(tmp_path / "root"), b"1")
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert tree(tmp_path / "root") == {"a.json": b"{}", KEY: b"1"}


def test_a_directory_overwrites_the_draft_of_a_killed_run(tmp_path: Path) -> None:
    done = killed("run", "--date", str(DAY), *run_options(tmp_path), cwd=tmp_path)
    assert done.status == -signal.SIGKILL
    assert ".draft" in tree(tmp_path / "public")
    done = paperboy("run", "--date", str(DAY), *run_options(tmp_path), cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    assert [path for path in tree(tmp_path / "public") if ".draft" in path] == []


def run_options(directory: Path) -> tuple[str, ...]:
    write(directory, {"answer.json": answer(entry(1))})
    return "--payload", "answer.json", "--now", f"{DAY}T12:00:00Z", "--force"


def test_a_directory_that_cannot_be_used(tmp_path: Path) -> None:
    store, name = DirectoryStore(tmp_path), "n" * 300
    with pytest.raises(StoreError, match=f"cannot read: File name too long.*{name}"):
        store.get(name)
    with pytest.raises(StoreError, match="cannot write: File name too long"):
        put(store, b"", key=f"{name}/1")
    with pytest.raises(StoreError, match="cannot list: File name too long"):
        list(store.list(f"{name}/"))
