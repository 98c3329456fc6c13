"""How does a finished release commit get to the branch, and its tags onto it? Layer: tools, main thread.

A ref remembers the commit from before the first change until after the last tag. Wherever this ends in between, the next run finds the ref and
either puts the tree back (the branch has not moved) or sets the missing tags (it has).
"""

from __future__ import annotations

from pathlib import PurePosixPath

from jobtools.affected.git import Git, GitFailed
from jobtools.release.changelog import section
from jobtools.release.guards import uncommitted

PENDING = "refs/release/pending"
TRAILER = "Tag"
"""One line for each tag in the commit's message: what an interrupted release still needs is in the commit itself."""


def arrive(git: Git, commit: str) -> list[str]:
    """Moves the branch and the tree to the commit and tags it; the tags.

    Raises:
        GitFailed: the branch has moved meanwhile, or a tag cannot be made (a key to sign with?).
    """
    git("update-ref", PENDING, commit)
    try:
        # A Ctrl-C in the terminal goes to every command in it; this one writes files and is over in an instant.
        git("merge", "--ff-only", "--quiet", commit, own_session=True)
    except GitFailed:
        resume(git)
        raise
    return _tag(git, commit)


def resume(git: Git) -> list[str]:
    """Finishes or forgets a release that was interrupted; the tags of the one that is finished now, none where none was."""
    commit = git.commit(PENDING)
    if commit is None:
        return []
    if git.line("merge-base", "--is-ancestor", commit, "HEAD") is not None:
        return _tag(git, commit)
    if git.commit(f"{commit}^") == git.commit("HEAD") and _only_half_arrived(git, commit):
        _put_back(git, commit)
    git("update-ref", "-d", PENDING)
    return []


def _tag(git: Git, commit: str) -> list[str]:
    tags = git("log", "-1", f"--format=%(trailers:key={TRAILER},valueonly)", commit).split()
    for tag in tags:
        if git.commit(f"refs/tags/{tag}") is None:
            git(
                "tag",
                "--annotate",
                "--cleanup=whitespace",
                f"--message={_message(git, commit, tag)}",
                tag,
                commit,
            )
    git("update-ref", "-d", PENDING)
    return tags


def _message(git: Git, commit: str, tag: str) -> str:
    short, _, version = tag.rpartition("/v")
    pages = (PurePosixPath(path) for path in _written(git, f"{commit}^", commit) if path.endswith("CHANGELOG.md"))
    said = [section(git.text(commit, str(page)) or "", version) for page in pages if page.parent.name == short]
    return "\n\n".join([f"{short} {version}", *said])


def _only_half_arrived(git: Git, commit: str) -> bool:
    """Whether every file that differs from HEAD is as the commit has it, or not there: nobody's work but ours."""
    ours = {*_written(git, "HEAD", commit)}
    for path in uncommitted(git):
        if path not in ours:
            return False
        file = git.tree / path
        if file.exists() and git.line("hash-object", "--", path) not in (
            git.line("rev-parse", "--verify", "--quiet", f"{commit}:{path}"),
            git.line("rev-parse", "--verify", "--quiet", f"HEAD:{path}"),
        ):
            return False
    return True


def _put_back(git: Git, commit: str) -> None:
    git("reset", "--hard", "--quiet", "HEAD")
    for path in _written(git, "HEAD", commit):
        if git.text("HEAD", path) is None:
            (git.tree / path).unlink(missing_ok=True)


def _written(git: Git, before: str, commit: str) -> list[str]:
    return git.names("diff", "--name-only", "--no-renames", "-z", before, commit)
