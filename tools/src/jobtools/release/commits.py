"""Which commits touch a package, and in which group of its changelog are they told? Layer: tools, main thread; reads git."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobtools.affected.git import Git
from jobtools.affected.rules import is_shipped
from jobtools.affected.workspace import Member

BREAKING, CHANGES, BESIDE = "Breaking changes", "Changes", "Tests and pages"
GROUPS = (BREAKING, CHANGES, BESIDE)
"""In the order of the changelog."""
SUBJECT = "Release "
"""How the commits that this tool makes begin."""
IMAGE = ("docker/base.Dockerfile", "docker/service.Dockerfile")
"""What else a service is made of."""
_BEGIN, _FIELD = "\x1e", "\x1f"


@dataclass(frozen=True)
class Commit:
    """One commit, with those of its files that were asked for."""

    id: str
    subject: str
    body: str
    files: tuple[str, ...]

    @property
    def is_release(self) -> bool:
        """Whether it only writes a version and a changelog."""
        return self.subject.startswith(SUBJECT) and all(
            file.endswith(("pyproject.toml", "CHANGELOG.md")) for file in self.files
        )

    @property
    def breaking(self) -> bool:
        """By the two marks of Conventional Commits: `!` before the colon, or a BREAKING CHANGE line."""
        mark, colon, _ = self.subject.partition(": ")
        return (bool(colon) and mark.endswith("!")) or "\nBREAKING CHANGE:" in f"\n{self.body}"

    def ships(self, member: Member) -> bool:
        """Whether it changes what is installed: more than tests and pages."""
        return any(is_shipped(file, member.folder) for file in self.files)


def paths_of(member: Member) -> list[str]:
    """What a package is made of."""
    return [member.folder, *(IMAGE if member.service else ())]


def commits(git: Git, since: str | None, paths: Sequence[str]) -> list[Commit]:
    """Those that touch these paths, newest first, without merges and releases; since a tag, or since the beginning."""
    told = git(
        "log",
        "--no-merges",
        "--no-renames",
        "--no-show-signature",
        "--name-only",
        "-z",
        f"--format={_BEGIN}%H{_FIELD}%s{_FIELD}%b{_FIELD}",
        f"{since}..HEAD" if since else "HEAD",
        "--",
        *paths,
    )
    found = []
    for entry in told.split(_BEGIN)[1:]:
        hash_, subject, body, files = entry.split(_FIELD, 3)
        names = (name.strip("\n") for name in files.split("\0"))
        found.append(Commit(hash_, subject, body, tuple(name for name in names if name)))
    return [commit for commit in found if not commit.is_release]


def grouped(found: Iterable[Commit], member: Member) -> dict[str, list[str]]:
    """Subjects by group, only groups that have some, oldest first in each."""
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    for commit in reversed(list(found)):
        group = BREAKING if commit.breaking else CHANGES if commit.ships(member) else BESIDE
        groups[group].append(commit.subject)
    return {group: subjects for group, subjects in groups.items() if subjects}
