"""What would be released, in which version, and what would its changelog say? Layer: tools, main thread; reads git, changes nothing.

A service carries the library of its own commit. So a release of the library is a release of every service that depends on it, a patch each,
in the same commit (unless `alone`); tools are run from the checkout and are released by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from jobtools.affected.git import Git, NotAskable
from jobtools.affected.lock import Lock, moved
from jobtools.affected.workspace import Member, Workspace
from jobtools.release.changelog import body, plain
from jobtools.release.commits import commits, grouped, paths_of
from jobtools.release.guards import Refused
from jobtools.release.version import STEPS, NotAVersion, Version, parse

WITH_DEPENDANTS = "patch"
"""The step of a service that is released because the library is."""


@dataclass(frozen=True)
class Planned:
    """One package's next version."""

    member: Member
    before: Version
    after: Version
    since: str | None
    """Its last tag; None: its first release."""
    said: str
    """The changelog's section, without its heading."""
    changed: bool
    """Whether anything that it is made of changed since that tag."""

    @property
    def tag(self) -> str:
        """`background-job/v1.4.0`."""
        return tag_of(self.member.short, self.after)

    def __str__(self) -> str:
        return f"{self.member.short} {self.after}"


@dataclass(frozen=True)
class Wish:
    """What the person asked for."""

    package: str
    step: str
    """patch, minor, major or X.Y.Z."""
    force: bool = False
    alone: bool = False


def tag_of(short: str, version: Version) -> str:
    """The name of a release's tag."""
    return f"{short}/v{version}"


def make_plan(git: Git, workspace: Workspace, wish: Wish) -> list[Planned]:
    """The package that was asked for, then the services that go with it.

    Raises:
        NotAskable: no such package, or no such step.
        Refused: the version is not greater, its tag exists, nothing changed.
    """
    if wish.package not in workspace.members:
        raise NotAskable(f"There is no package {wish.package!r}: {', '.join(sorted(workspace.members))}")
    first = _plan(git, workspace, wish.package, wish.step, {})
    if not (first.changed or wish.force):
        raise Refused(
            f"Nothing that {wish.package} is made of changed since {first.since} (--force releases it anyway)"
        )
    plan = [first]
    if not wish.alone:
        others = workspace.with_dependants([wish.package]) & {*workspace.services} - {wish.package}
        plan += (_plan(git, workspace, short, WITH_DEPENDANTS, {wish.package: first.after}) for short in sorted(others))
    for planned in plan:
        if git.commit(f"refs/tags/{planned.tag}"):
            raise Refused(f"The tag {planned.tag} exists: that version was released, perhaps on another branch")
    return plan


def _plan(git: Git, workspace: Workspace, short: str, step: str, with_it: dict[str, Version]) -> Planned:
    member = workspace.members[short]
    try:
        before = parse(member.version)
        after = before.next(step) if step in STEPS else parse(step)
    except NotAVersion as error:
        raise NotAskable(f"{short}: {error}; or one of {', '.join(STEPS)}") from error
    since = last_tag(git, short)
    released = [before, *([parse(since.rpartition("/v")[2])] if since else [])]
    if after <= max(released):
        raise Refused(f"{short} is at {max(released)}: {after} is not greater")
    groups = {group: [*map(plain, lines)] for group, lines in _own(git, since, member).items()}
    carried = [
        line
        for other in sorted(workspace.needs(short))
        if (line := _carried(git, workspace, since, short, other, with_it))
    ]
    groups |= {"Carries": carried} if carried else {}
    moves = _moves(git, workspace, since, member)
    groups |= {"Dependencies": moves} if moves else {}
    said = body(groups) or "The same as before, released again."
    return Planned(member, before, after, since, said, changed=bool(groups) or since is None)


def last_tag(git: Git, short: str) -> str | None:
    """The greatest release of a package that HEAD comes from."""
    found: list[tuple[Version, str]] = []
    for tag in git("tag", "--merged", "HEAD", "--list", f"{short}/v*").split():
        try:
            found.append((parse(tag.removeprefix(f"{short}/v")), tag))
        except NotAVersion:  # somebody's own tag
            continue
    return max(found)[1] if found else None


def _own(git: Git, since: str | None, member: Member) -> dict[str, list[str]]:
    return grouped(commits(git, since, paths_of(member)), member)


def _carried(
    git: Git, workspace: Workspace, since: str | None, short: str, other: str, with_it: dict[str, Version]
) -> str | None:
    """One line on a member that this one depends on, where it changed since; its own changelog tells the rest."""
    needed = workspace.members[other]
    changed = [commit for commit in commits(git, since, [needed.folder]) if commit.ships(needed)]
    if not changed and other not in with_it:
        return None
    up = "/".join([".."] * len(PurePosixPath(workspace.members[short].folder).parts))
    page = f"[{other}]({up}/{needed.folder}/CHANGELOG.md)"
    if other in with_it:
        return f"{page} {with_it[other]}"
    tag = last_tag(git, other)
    later = len(commits(git, tag, [needed.folder]))
    return f"{page} {needed.version}" + (
        f" and {later} later commit{'s' if later > 1 else ''}" if later and tag else ""
    )


def _moves(git: Git, workspace: Workspace, since: str | None, member: Member) -> list[str]:
    """What the lock installs for it that is not a member, where that changed."""
    before, after = (git.text(commit, "uv.lock") for commit in (since or "HEAD", "HEAD"))
    if before is None or after is None:
        return []
    ours = {other.name for other in workspace.members.values()}
    closures = [
        {name: pins for name, pins in Lock(text).closure(member.name).items() if name not in ours}
        for text in (before, after)
    ]
    return [line for line in moved(closures[0], closures[1]) if " -> " in line]
