"""A GitHub over loopback: its GraphQL API, on its own schema, before a real Git repository."""

from tests.support.github.answers import BAD_GATEWAY, primary_limit, secondary_limit
from tests.support.github.fields import PullRequest
from tests.support.github.repository import Commit
from tests.support.github.schema import needs_github
from tests.support.github.server import TOKEN, Asked, GitHub, github

__all__ = [
    "BAD_GATEWAY",
    "TOKEN",
    "Asked",
    "Commit",
    "GitHub",
    "PullRequest",
    "github",
    "needs_github",
    "primary_limit",
    "secondary_limit",
]
