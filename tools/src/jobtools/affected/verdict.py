"""What does a set of changed files touch? The rules applied, as one value. Pure: files and two versions of the root's files in, value out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from jobtools.affected.lock import Lock, moved
from jobtools.affected.rules import READ_BY_TESTS, Meaning, also, is_page, is_shipped, meaning, only_rules_changed
from jobtools.affected.workspace import Workspace, normalised

BASE, COLLECTOR, TOGETHER = "base", "collector", "together"
TEST_GROUP = "test"
"""The root's dependency group that every package's tests are run with."""


@dataclass(frozen=True)
class RootFiles:
    """The root's files that are compared by their content."""

    lock: str
    settings: str
    """pyproject.toml."""
    name: str
    """The root's own name in the lock."""


@dataclass
class Verdict:
    """What is touched. Packages, tests and images by short name."""

    packages: dict[str, list[str]] = field(default_factory=dict)
    """Each package whose code or locked dependencies changed, or those of a package it depends on; with the reasons."""
    tests: set[str] = field(default_factory=set)
    """Whose tests to run: the packages, and `together`."""
    images: set[str] = field(default_factory=set)
    """What to build: `base`, services, `collector`."""
    infra: bool = False
    """Whether Terraform's files, what they read, or what checks them changed."""
    system: bool = False
    """Whether anything changed that runs when everything runs together: code, an image, the infrastructure, that test itself."""
    docs: bool = False
    """Whether a page may be out of date: pages, or what pages are generated from."""
    checks: bool = False
    """Whether anything but pages changed."""
    everything: bool = False


def judge(workspace: Workspace, files: Iterable[str], before: RootFiles | None, after: RootFiles) -> Verdict:
    """What these files touch. Without `before`, a changed root file touches everything."""
    judging = _Judging(workspace, before, after)
    for path in sorted(files):
        judging.take(path)
        if judging.verdict.everything:
            return everything(workspace, path)
    return judging.end()


def everything(workspace: Workspace, reason: str) -> Verdict:
    """All of it, for one reason."""
    return Verdict(
        packages={short: [reason] for short in workspace.members},
        tests={*workspace.members, TOGETHER},
        images={BASE, COLLECTOR, *workspace.services},
        infra=True,
        system=True,
        docs=True,
        checks=True,
        everything=True,
    )


class _Judging:
    def __init__(self, workspace: Workspace, before: RootFiles | None, after: RootFiles) -> None:
        self._workspace = workspace
        self._before = before
        self._after = after
        self._touched: dict[str, list[str]] = {}
        self._shipped: set[str] = set()
        self.verdict = Verdict()

    def take(self, path: str) -> None:
        verdict = self.verdict
        owner = self._workspace.owner(path)
        if owner is None:
            self._mean(meaning(path))
        elif is_page(path):
            verdict.docs = True
        else:
            self._touched.setdefault(owner.short, []).append(path)
            if is_shipped(path, owner.folder):
                self._shipped.add(owner.short)
            if beside := also(path):
                self._mean(beside)
        verdict.checks |= not (is_page(path) or (owner is None and meaning(path) is Meaning.DOCS))
        verdict.tests |= {tests for pattern, tests in READ_BY_TESTS if fnmatchcase(path, pattern)}

    def end(self) -> Verdict:
        verdict, workspace = self.verdict, self._workspace
        for short in sorted(workspace.with_dependants(self._touched)):
            through = sorted(workspace.needs(short) & self._touched.keys())
            verdict.packages[short] = [*self._touched.get(short, []), *(f"depends on {other}" for other in through)]
        verdict.tests |= {*verdict.packages} | ({TOGETHER} if verdict.packages else set())
        verdict.tests &= {*workspace.members, TOGETHER}  # a fork may have taken a package out that the rules name
        shipped = workspace.with_dependants(self._shipped)
        # The base image holds the library and what it needs: whatever services share.
        if shipped & self._shared():
            verdict.images.add(BASE)
        verdict.images |= shipped & {*workspace.services}
        verdict.docs |= bool(verdict.packages) or verdict.infra
        verdict.system |= bool(self._shipped or verdict.images) or verdict.infra
        return verdict

    def _shared(self) -> set[str]:
        return {other for service in self._workspace.services for other in self._workspace.needs(service)}

    def _mean(self, meant: Meaning) -> None:
        verdict, services = self.verdict, self._workspace.services
        if meant is Meaning.LOCK:
            self._compare_locks()
        elif meant is Meaning.SETTINGS:
            if self._before is None or not only_rules_changed(self._before.settings, self._after.settings):
                verdict.everything = True
            verdict.tests |= {*self._workspace.members, TOGETHER}
        elif meant is Meaning.INFRA:
            verdict.infra = True
        elif meant is Meaning.TOGETHER:
            verdict.tests.add(TOGETHER)
            verdict.system = True
        elif meant is Meaning.DOCS:
            verdict.docs = True
        elif meant is Meaning.EVERYTHING:
            verdict.everything = True
        verdict.infra |= meant is Meaning.COLLECTOR
        verdict.images |= {*_IMAGES.get(meant, ())} | ({*services} if meant in _IMAGES_OF_SERVICES else set())

    def _compare_locks(self) -> None:
        if self._before is None:
            self.verdict.everything = True
            return
        before, after = Lock(self._before.lock), Lock(self._after.lock)
        for short, member in self._workspace.members.items():
            if lines := moved(before.closure(member.name), after.closure(member.name)):
                self._touched.setdefault(short, []).append(f"uv.lock: {', '.join(lines)}")
                self._shipped.add(short)
        root = normalised(self._after.name)
        if moved(before.closure(root, [TEST_GROUP]), after.closure(root, [TEST_GROUP])):
            self.verdict.tests |= {*self._workspace.members, TOGETHER}


_IMAGES: Mapping[Meaning, tuple[str, ...]] = {
    Meaning.BASE: (BASE,),
    Meaning.COLLECTOR: (COLLECTOR,),
    Meaning.IMAGES: (BASE, COLLECTOR),
}
_IMAGES_OF_SERVICES = {Meaning.BASE, Meaning.SERVICES, Meaning.IMAGES}
