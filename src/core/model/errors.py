"""The exception tree: every error that Paperboy raises on purpose is a `PaperboyError`.

Class names are stable: Lambda reports them and Step Functions matches on them.
"""

from collections.abc import Sequence
from datetime import date

from core.model.redaction import redact


class PaperboyError(Exception):
    """Base of the tree; `str()` is the message, then the resource that it is about.

    Both are without tokens.
    """

    def __init__(self, message: str, *resource: object) -> None:
        self.message = redact(message)
        self.resource = tuple(redact(str(part)) for part in resource if part not in (None, ""))
        super().__init__(self.message, *self.resource)

    def __str__(self) -> str:
        return f"{self.message} ({', '.join(self.resource)})" if self.resource else self.message


class SettingsError(PaperboyError):
    """The deployment's settings are missing or wrong; `problems` names every bad one."""

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("; ".join(self.problems))


class ConfigurationError(SettingsError):
    """The configuration file is wrong.

    Each of `problems` names the file, and the line or the key.
    """


class InvalidEvent(PaperboyError):
    """The event has a key that is unknown, or a value that is not allowed."""


class SourceError(PaperboyError):
    """The source did not give the day's payload.

    `day` is the requested day, `url` the address of the request.
    """

    def __init__(self, message: str, day: date | None = None, url: str = "") -> None:
        super().__init__(message, day, url)
        self.day, self.url = day, url


class SourceUnavailable(SourceError):
    """Time-out, reset, 429 or 5xx beyond the retries: try again later."""


class SourceRejected(SourceError):
    """The source refused the request (any other status than 200)."""


class PayloadError(SourceError):
    """The payload has an unknown shape; `path` names the place, like `[3].paper.title`."""

    def __init__(
        self, message: str, day: date | None = None, url: str = "", *, path: str = ""
    ) -> None:
        super().__init__(f"{path}: {message}" if path else message, day, url)
        self.path = path


class RenderError(PaperboyError):
    """A template could not be rendered; the message names its file, `template` is its name."""

    def __init__(self, message: str, template: str = "") -> None:
        super().__init__(message)
        self.template = template


class StoreError(PaperboyError):
    """The store refused a request or cannot be reached; `key` is the object's location."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message, key)
        self.key = key


class StoreConflict(StoreError):
    """Another run changed the object between our read and our write, or took the lease."""


class StoreBusy(StoreError):
    """Another run holds the lease: try again later."""


class BlogError(PaperboyError):
    """The blog did not take the posts; `repository` is its `owner/name`.

    `wait` is how many seconds to wait before another attempt.
    """

    def __init__(self, message: str, repository: str = "", *, wait: float = 0.0) -> None:
        super().__init__(message, repository)
        self.repository, self.wait = repository, wait


class BlogConflict(BlogError):
    """Another commit changed the branch between our read and our commit."""


class BlogRejected(BlogError):
    """GitHub refused the request: for the token, its permissions, the branch, or a rule."""


class BlogUnavailable(BlogError):
    """Time-out, rate limit or 5xx: try again later. The commit may have been made nevertheless."""


class AnnounceError(PaperboyError):
    """A channel was not told; `channel` is its name.

    `wait` is how many seconds the channel asks to wait before another attempt.
    """

    def __init__(self, message: str, channel: str = "", *, wait: float = 0.0) -> None:
        super().__init__(message, channel)
        self.channel, self.wait = channel, wait


class AnnounceRejected(AnnounceError):
    """The channel refused the message, or the secret that it was sent with."""


class AnnounceUnavailable(AnnounceError):
    """No connection, rate limit or 5xx: try again later."""


class AnnounceUnsure(AnnounceError):
    """The message was sent, but no answer came: the channel may have taken it."""
