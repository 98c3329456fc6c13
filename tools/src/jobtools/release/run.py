"""In which order is a release made? Layer: tools, main thread; stops only between two steps."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import indent

from jobtools.affected.git import Git
from jobtools.affected.workspace import read_workspace
from jobtools.local.stop import StopSignals
from jobtools.release.arrival import PENDING, TRAILER, arrive, resume
from jobtools.release.commits import SUBJECT
from jobtools.release.guards import check_place
from jobtools.release.plan import Planned, Wish, make_plan
from jobtools.release.side_tree import only_one, side_tree
from jobtools.release.writing import find_uv, write_release


def release(folder: Path, wish: Wish, branch: str, stop: StopSignals, say: Callable[[str], None]) -> None:
    """Releases a package; or finishes a release that was interrupted, and says so.

    Raises:
        Refused: there is a reason not to; nothing changed.
        NotAskable: not here, or not this.
        GitFailed: git did.
        Stopped: somebody asked us to end; the same call goes on where this one ended.
    """
    git, uv = Git.of(folder), find_uv(os.environ)
    with only_one(git):
        if finished := resume(git):
            say(f"An interrupted release is finished now: {', '.join(finished)}.\n{how_to_push(branch, finished)}")
            if any(tag.startswith(f"{wish.package}/v") for tag in finished):
                return
        check_place(git, branch)
        plan = make_plan(git, read_workspace(git.tree), wish)
        say(told(plan))
        stop.check()
        with side_tree(git) as beside:
            write_release(beside.tree, plan, _today(), uv)
            stop.check()
            beside("add", "--all")
            beside("commit", "--quiet", f"--message={message(plan)}")
            stop.check()
            commit = beside("rev-parse", "HEAD").strip()
            tags = arrive(git, commit)
        say(f"Committed on {branch} as {commit[:7]} and tagged {', '.join(tags)}.\n{how_to_push(branch, tags)}")


def rehearse(folder: Path, wish: Wish, branch: str, say: Callable[[str], None]) -> None:
    """Says all that `release` would do, with the very changes; changes nothing. Raises the same."""
    git, uv = Git.of(folder), find_uv(os.environ)
    with only_one(git):
        if git.commit(PENDING):
            say("A release was interrupted here: without --dry-run it is finished, or put back, first.")
        check_place(git, branch)
        plan = make_plan(git, read_workspace(git.tree), wish)
        say(told(plan))
        with side_tree(git) as beside:
            write_release(beside.tree, plan, _today(), uv)
            beside("add", "--all")
            say(
                f"The commit on {branch}:\n\n{indent(message(plan), '    ')}\n\n{beside('diff', '--cached', '--no-color', '--no-ext-diff')}"
            )
        say(f"The tags: {', '.join(planned.tag for planned in plan)}.\nA dry run: nothing was changed.")


def told(plan: Sequence[Planned]) -> str:
    """Each package's versions and what its changelog will say."""
    return "\n".join(
        f"{planned.member.short} {planned.before} -> {planned.after}, since {planned.since or 'the beginning'}\n\n"
        f"{indent(planned.said, '    ')}\n"
        for planned in plan
    )


def message(plan: Sequence[Planned]) -> str:
    """The commit's message: the package that was asked for, what goes with it, and the tags to come."""
    others = f"With it: {', '.join(map(str, plan[1:]))}.\n\n" if plan[1:] else ""
    return f"{SUBJECT}{plan[0]}\n\n{others}" + "\n".join(f"{TRAILER}: {planned.tag}" for planned in plan)


def how_to_push(branch: str, tags: Sequence[str]) -> str:
    """The command that is left to the person."""
    return f"Not pushed yet:\n\n    git push --atomic origin {branch} {' '.join(tags)}"


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
