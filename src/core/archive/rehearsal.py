"""A store to rehearse a run with: it reads the real one and keeps every write to itself."""

from hashlib import sha256

from core.model.objects import Artifact, StoredObject
from core.model.ports import Store


class RehearsalStore:
    """What a dry run writes to, so that its later steps find what earlier ones would have put."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: dict[str, StoredObject] = {}

    def get(self, key: str) -> StoredObject | None:
        """Return what the run would find under `key`."""
        return self._written.get(key) or self._store.get(key)

    def put(self, artifact: Artifact, *, replaces: str | None) -> None:  # noqa: ARG002
        """Remember the artifact; nobody else writes here, so there is no conflict."""
        etag = sha256(artifact.body).hexdigest()
        self._written[artifact.key] = StoredObject(artifact.body, etag)

    def location(self, key: str) -> str:
        """Return where the real store would hold `key`."""
        return self._store.location(key)
