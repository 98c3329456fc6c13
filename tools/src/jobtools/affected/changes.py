"""Which files differ from the base, or why can that not be told? Layer: tools, main thread; reads git, never fetches."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobtools.affected.git import Git, NotAskable

USUAL_BASES = ("origin/main", "origin/HEAD", "main")
"""Tried in this order where nobody names a base."""
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Changes:
    """The files that differ from the base, or None with the reason."""

    base: str | None
    """The id of the commit compared with: where the two histories part."""
    files: frozenset[str] | None
    """Relative to the root, committed or not; None: it cannot be told, take everything."""
    why: str
    """What was compared with what, or why it cannot be told: one sentence."""


def find_changes(git: Git, base: str | None = None) -> Changes:
    """What HEAD and the working tree have that the base has not; a rename counts under both names.

    Raises:
        NotAskable: the base is a name that nobody here knows.
    """
    if git.commit("HEAD") is None:
        return Changes(None, None, "There is no commit yet.")
    name, commit, why = _resolved(git, base)
    if commit is None:
        return Changes(None, None, why)
    parting = git.line("merge-base", commit, "HEAD")
    if parting is None:
        cut = "this is a shallow clone" if git.shallow else "their histories have nothing in common"
        return Changes(None, None, f"{name} and HEAD have no common commit here: {cut}.")
    files = {
        *git.names("diff", "--name-only", "--no-renames", "-z", parting, "HEAD"),
        *git.names("diff", "--name-only", "--no-renames", "-z", "HEAD"),
        *git.names("ls-files", "--others", "--exclude-standard", "-z"),
    }
    return Changes(parting, frozenset(files), f"Compared with {name} ({parting[:7]}).")


def _resolved(git: Git, base: str | None) -> tuple[str, str | None, str]:
    if base is None:
        for name in USUAL_BASES:
            if commit := git.commit(name):
                return name, commit, ""
        return "", None, f"There is nothing to compare with: none of {', '.join(USUAL_BASES)} is here."
    if not base.strip("0 "):
        return base, None, "There was nothing before: a new branch, or the first push."
    if commit := git.commit(base):
        return base, commit, ""
    if git.shallow:
        return base, None, f"{base} is not in this clone: it is shallow (fetch-depth: 0 brings all of it)."
    if _ID.fullmatch(base):
        return base, None, f"{base[:7]} is not in this clone: after a forced push nothing leads to it."
    if git.line("rev-parse", "--verify", "--quiet", "HEAD^") is None and base.startswith("HEAD"):
        return base, None, "This is the first commit: there is nothing before it."
    raise NotAskable(f"git knows no commit named {base!r} here. Is it spelled right? Does it need `git fetch`?")
