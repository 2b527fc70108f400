"""How GitHub says no, with HTTP 200: an error's type, and its words.

Most are as people have seen them. Where nobody has told, they are of the same sort: those of
`bad_paths`, `bad_branch`, `no_ref`, `no_commit`, `no_headline`, and the types of `overtaken` and
`not_forward`.
"""

from collections.abc import Mapping, Sequence

BY_PULL_REQUEST = "Changes must be made through a pull request."


class Refusal(Exception):
    """GitHub says no; `kind` is the error's `type`, if it has one."""

    def __init__(
        self, kind: str | None, message: str, extensions: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.extensions = extensions


def stale(expected: str) -> Refusal:
    """Return the refusal of a commit on top of one that is not the branch's last."""
    # There really are two spaces.
    message = f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
    return Refusal("STALE_DATA", message)


def overtaken(ref: str, oid: str, expected: str) -> Refusal:
    """Return the refusal of a commit that another one overtook while it was being made."""
    return Refusal("UNPROCESSABLE", f"Ref {ref} is at {oid} but expected {expected}")


def no_permission() -> Refusal:
    """Return the refusal of a token that may read only."""
    message = "Resource not accessible by personal access token"
    return Refusal("FORBIDDEN", message, {"saml_failure": False})


def ruleset() -> Refusal:
    """Return the refusal by a repository's ruleset."""
    message = f"Repository rule violations found\n\n{BY_PULL_REQUEST}\n\n"
    return Refusal("FORBIDDEN", message)


def protected(branch: str) -> Refusal:
    """Return the refusal by a classic rule that protects a branch."""
    message = f"protected branch '{branch}' check failed:\n  {BY_PULL_REQUEST}"
    return Refusal("BRANCH_PROTECTION_RULE_VIOLATION", message)


def no_repository(name: str) -> Refusal:
    """Return the refusal for a repository that is not there, or not for this token."""
    return Refusal("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")


def no_node(identifier: str) -> Refusal:
    """Return the refusal for an id of nothing."""
    message = f"Could not resolve to a node with the global id of '{identifier}'"
    return Refusal("NOT_FOUND", message)


def no_ref(name: str) -> Refusal:
    """Return the refusal of a commit on a branch that is not there."""
    return Refusal("NOT_FOUND", f"Could not resolve to a Ref with the name '{name}'.")


def bad_branch() -> Refusal:
    """Return the refusal of a commit for which no one branch is named."""
    return Refusal("UNPROCESSABLE", "Name a branch by its id, or by its repository and its name.")


def nothing_to_delete(head: str) -> Refusal:
    """Return the refusal of the deletion of a file that is not there."""
    words = "A path was requested for deletion which does not exist as of commit oid"
    return Refusal("NOT_FOUND", f"{words} `{head}`")


def bad_paths(reason: str) -> Refusal:
    """Return the refusal of files that cannot be in a tree."""
    return Refusal("UNPROCESSABLE", reason)


def no_headline() -> Refusal:
    """Return the refusal of a commit without a headline."""
    return Refusal("UNPROCESSABLE", "A commit needs a headline.")


def no_commit(oid: str) -> Refusal:
    """Return the refusal of a ref to no commit."""
    return Refusal("UNPROCESSABLE", f"No commit found for the oid {oid}")


def ref_exists(name: str) -> Refusal:
    """Return the refusal of a ref that is there already."""
    return Refusal("UNPROCESSABLE", f'A ref named "{name}" already exists in the repository.')


def bad_ref() -> Refusal:
    """Return the refusal of a ref that Git cannot make, such as a branch inside another."""
    return Refusal("UNPROCESSABLE", "Ref cannot be created.")


def not_forward() -> Refusal:
    """Return the refusal to move a branch where its commits would be lost."""
    return Refusal("UNPROCESSABLE", "Update is not a fast forward")


def not_there() -> Refusal:
    """Return the refusal to move a branch from where it is not: as if it were GitHub's fault."""
    return Refusal(None, "Something went wrong while executing your query.")


def pull_request_exists(owner: str, head: str) -> Refusal:
    """Return the refusal of a second open pull request between two branches."""
    return Refusal("UNPROCESSABLE", f"A pull request already exists for {owner}:{head}.")


def nothing_to_pull(head: str, base: str, lacking: Sequence[str]) -> Refusal:
    """Return the refusal of a pull request without commits, or without Head or Base branch."""
    reasons = [
        *(f"{side} sha can't be blank" for side in lacking),
        f"No commits between {base} and {head}",
        *(f"{side} ref must be a branch" for side in lacking),
    ]
    return Refusal("UNPROCESSABLE", ", ".join(reasons))


def no_bounds(connection: str) -> Refusal:
    """Return the refusal to list things without an end."""
    message = (
        "You must provide a `first` or `last` value to properly paginate "
        f"the `{connection}` connection."
    )
    return Refusal("MISSING_PAGINATION_BOUNDARIES", message)
