"""What must be so before a release begins? Layer: tools, main thread; reads git, changes nothing."""

from __future__ import annotations

from jobtools.affected.git import Git, NotAskable

MAIN = "main"
_SHOWN = 10


class Refused(Exception):  # noqa: N818 (says what happened)
    """There is a reason not to release. The text says which, and what would help. Nothing was changed."""


def check_place(git: Git, branch: str) -> None:
    """The branch, the history, a clean tree.

    Raises:
        Refused: one of them is not as it must be.
        NotAskable: there is no commit yet.
    """
    if git.commit("HEAD") is None:
        raise NotAskable("There is no commit yet: nothing to release.")
    here = git.line("symbolic-ref", "--quiet", "--short", "HEAD")
    if here != branch:
        raise Refused(
            f"Releases are made on {branch}, and this is {here or 'no branch (a detached HEAD)'}:"
            f" git switch {branch}, or --branch {here or 'NAME'}"
        )
    if git.shallow:
        raise Refused("This clone is shallow, the changelog would be cut off: git fetch --unshallow --tags")
    if dirty := uncommitted(git):
        more = f" and {len(dirty) - _SHOWN} more" if len(dirty) > _SHOWN else ""
        raise Refused(f"There are uncommitted changes: {', '.join(dirty[:_SHOWN])}{more}. Commit or stash them first.")


def uncommitted(git: Git) -> list[str]:
    """Paths that differ from HEAD or are unknown to git."""
    return [entry[3:] for entry in git.names("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")]
