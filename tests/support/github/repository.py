"""The Git repository behind the test GitHub: a real bare one, by Git's plumbing."""

import os
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HEADS = "refs/heads/"
# Commits are a second apart, whenever they are made: so a test's are the same each time.
FIRST_COMMIT = 1_767_225_600
AUTHOR = "Ada <ada@example.org>"
COMMITTER = "GitHub <noreply@github.com>"
# Nothing of the machine's own Git: neither its settings nor those of a commit hook that runs tests.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `seconds` is when it was made, since 1970."""

    oid: str
    parents: tuple[str, ...]
    seconds: int
    message: str

    @property
    def headline(self) -> str:
        """Return the first paragraph of the message, in one line."""
        return self.message.partition("\n\n")[0].replace("\n", " ").strip()

    @property
    def body(self) -> str:
        """Return what follows the first paragraph."""
        return self.message.partition("\n\n")[2].strip()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree: its mode in octal, its kind (blob, tree, commit), its object."""

    mode: str
    kind: str
    oid: str


class Repository:
    """A bare repository. Who reads, decides and writes holds `lock` meanwhile."""

    def __init__(self, path: Path, branch: str, files: Mapping[str, bytes]) -> None:
        self.path = path
        self.lock = threading.RLock()
        # What a commit holds never changes, and many ask about the same one.
        self.tree = lru_cache(maxsize=64)(self._tree)
        self.one = lru_cache(maxsize=64)(self._one)
        self._seconds = FIRST_COMMIT
        path.mkdir(parents=True)
        self.git("init", "--bare", "--quiet", "--template=", f"--initial-branch={branch}")
        self.commit(HEADS + branch, (), "Initial commit", files)

    def git(self, *arguments: str, given: bytes = b"") -> bytes:
        """Run a Git command here and return what it prints; raises CalledProcessError."""
        command = ("git", f"--git-dir={self.path}", *arguments)
        done = subprocess.run(
            command, input=given, capture_output=True, env=ENVIRONMENT, check=False
        )
        if done.returncode:
            words = done.stderr.decode(errors="replace")
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, words)
        return done.stdout

    def succeeds(self, *arguments: str) -> bool:
        """Run a Git command that answers a question by how it ends."""
        try:
            self.git(*arguments)
        except subprocess.CalledProcessError:
            return False
        return True

    def refs(self) -> dict[str, str]:
        """Return each ref's object by its full name."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        return dict(line.split(" ") for line in lines)

    def default(self) -> str:
        """Return the full name of the default branch."""
        return self.git("symbolic-ref", "HEAD").decode().strip()

    def _tree(self, commit: str) -> Mapping[str, Entry]:
        """Return the files and directories of a commit by their paths."""
        entries = {}
        for line in _records(self.git("ls-tree", "-r", "-t", "-z", commit)):
            about, _, path = line.partition("\t")
            entries[path] = Entry(*about.split(" "))
        return entries

    def files(self, branch: str) -> dict[str, bytes]:
        """Return the content of each file of a branch by its path."""
        tree = self.tree(self.refs()[HEADS + branch])
        blobs = {path: entry.oid for path, entry in tree.items() if is_file(entry)}
        output = self.git("cat-file", "--batch", given="\n".join(blobs.values()).encode())
        contents, start = {}, 0
        for path in blobs:
            body = output.index(b"\n", start) + 1
            start = body + int(output[start : body - 1].split(b" ")[2]) + 1
            contents[path] = output[body : start - 1]
        return contents

    def _one(self, commit: str) -> Commit:
        """Return one commit by its oid."""
        return self.log("--max-count=1", commit)[0]

    def log(self, *revisions: str) -> list[Commit]:
        """Return the commits that `git log` finds for these revisions, the oldest first."""
        arguments = ("--reverse", "--topo-order", "-z", "--format=%H %ct %P%n%B", *revisions)
        return [_commit(record) for record in _records(self.git("log", *arguments, "--"))]

    def has_commit(self, oid: str) -> bool:
        """Tell whether there is such a commit."""
        return self.succeeds("cat-file", "-e", f"{oid}^{{commit}}")

    def is_ancestor(self, old: str, new: str) -> bool:
        """Tell whether `old` is `new`, or comes before it."""
        return self.succeeds("merge-base", "--is-ancestor", old, new)

    def move(self, ref: str, new: str | None, old: str | None) -> None:
        """Let a ref that points to `old` point to `new`; None is that there is no such ref."""
        with self.lock:
            self.git("update-ref", "--no-deref", ref, new or "0" * 40, old or "0" * 40)

    def commit(
        self,
        ref: str,
        parents: Sequence[str],
        message: str,
        additions: Mapping[str, bytes],
        deletions: Iterable[str] = (),
    ) -> str:
        """Commit on top of the first parent, where the ref has to be; return the new oid."""
        return self._import(
            ref,
            parents,
            message,
            [
                *(b"D %b\n" % _quoted(path) for path in deletions),
                *(b"M 100644 inline %b\n%b" % (_quoted(p), _data(c)) for p, c in additions.items()),
            ],
        )

    def merge(self, base: str, head: str) -> None:
        """Merge one branch into another with a merge commit; raises where they conflict."""
        with self.lock:
            refs = self.refs()
            parents = (refs[HEADS + base], refs[HEADS + head])
            tree = self.git("merge-tree", "--write-tree", *parents)
            self._import(HEADS + base, parents, f"Merge {head}", [b'M 040000 %b ""\n' % tree[:-1]])

    def _import(
        self, ref: str, parents: Sequence[str], message: str, changes: Iterable[bytes]
    ) -> str:
        """Commit in one process, however many files; the ref is moved forward only."""
        with self.lock:
            stamp = f"{self._seconds} +0000"
            self._seconds += 1
            kinds = ("from", *("merge" for _ in parents[1:]))
            origin = (f"{kind} {oid}\n" for kind, oid in zip(kinds, parents, strict=False))
            head = (
                f"commit {ref}\nmark :1\nauthor {AUTHOR} {stamp}\ncommitter {COMMITTER} {stamp}\n"
            )
            parts = (
                head.encode(),
                _data(message.encode()),
                "".join(origin).encode(),
                *changes,
                b"get-mark :1\n",
            )
            return self.git("fast-import", "--quiet", given=b"".join(parts)).decode().strip()


def is_file(entry: Entry) -> bool:
    """Tell whether a tree's entry is a file, not a directory or a submodule."""
    return entry.kind == "blob"


def _records(output: bytes) -> list[str]:
    return output.decode().split("\0")[:-1]


def _commit(record: str) -> Commit:
    about, _, message = record.partition("\n")
    oid, seconds, *parents = about.split()
    return Commit(oid, tuple(parents), int(seconds), message.strip("\n"))


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode()


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)
