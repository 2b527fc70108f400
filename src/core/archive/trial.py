"""A store to try in what a run would change, however old and large the archive is."""

from hashlib import sha256

from core.model.objects import Artifact, StoredObject
from core.model.ports import Store


class Trial:
    """A store to rehearse in. It reads an object once a month, and keeps writes to itself."""

    def __init__(self, store: Store) -> None:
        self.store, self.location = store, store.location
        self._read: dict[str, StoredObject | None] = {}
        self._written: dict[str, StoredObject] = {}

    def get(self, key: str) -> StoredObject | None:
        """Return what would be there."""
        return self._written.get(key) or self.stored(key)

    def stored(self, key: str) -> StoredObject | None:
        """Return what is really there."""
        if key not in self._read:
            self._read[key] = self.store.get(key)
        return self._read[key]

    def body(self, key: str) -> bytes | None:
        """Return the bytes of what is really there."""
        stored = self.stored(key)
        return stored.body if stored else None

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:  # noqa: ARG002
        """Remember the artifact, if anything may follow from it."""
        # Nothing follows from pages, and all of them together are large.
        if not artifact.key.endswith((".html", ".xml")):
            self._written[artifact.key] = StoredObject(
                artifact.body, sha256(artifact.body).hexdigest()
            )

    def forget(self) -> None:
        """Forget what was read: the next month begins."""
        self._read.clear()
