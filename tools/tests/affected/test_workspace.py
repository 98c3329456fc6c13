"""Whom a change reaches in any graph of packages: a package is affected if, and only if, it or what it depends on changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobtools.affected.verdict import RootFiles, judge
from jobtools.affected.workspace import Member, Workspace

AFTER = RootFiles(lock="", settings="", name="root")


@st.composite
def workspaces(draw: st.DrawFn) -> Workspace:
    """Up to eight packages, some of them services; each may depend on those before it."""
    members: dict[str, Member] = {}
    for number in range(draw(st.integers(1, 8))):
        short = f"p{number}"
        needs = draw(st.sets(st.sampled_from(sorted(members)))) if members else set()
        folder = draw(st.sampled_from(["services", "libs"]))
        members[short] = Member(short, f"mdm-{short}", f"{folder}/{short}", "0.1.0", frozenset(needs))
    return Workspace(members)


def reaches(workspace: Workspace, short: str, changed: set[str]) -> bool:
    """The definition, written the other way round: down from the package instead of up from the change."""
    return short in changed or any(reaches(workspace, need, changed) for need in workspace.members[short].needs)


@given(workspaces(), st.data())
def test_a_package_is_affected_exactly_when_it_or_what_it_depends_on_changed(
    workspace: Workspace, data: st.DataObject
) -> None:
    changed = data.draw(st.sets(st.sampled_from(sorted(workspace.members))))
    files = [f"{workspace.members[short].folder}/src/x.py" for short in changed]
    verdict = judge(workspace, files, AFTER, AFTER)
    assert {*verdict.packages} == {short for short in workspace.members if reaches(workspace, short, changed)}
    assert verdict.images - {"base"} == {*verdict.packages} & {*workspace.services}
    for short in workspace.members:
        assert workspace.needs(short) == {
            other for other in workspace.members if other != short and reaches(workspace, short, {other})
        }


PATHS = [
    "README.md",
    "docs/alarms.md",
    "libs/p0/x.py",
    "services/p0/tests/t.py",
    "docker/base.Dockerfile",
    "infra/x",
    "tests/x",
    "new",
]


@given(workspaces(), st.sets(st.sampled_from(PATHS)), st.sets(st.sampled_from(PATHS)))
def test_more_changes_never_touch_less(workspace: Workspace, some: set[str], others: set[str]) -> None:
    less, more = (judge(workspace, files, AFTER, AFTER) for files in (some, some | others))
    assert less.packages.keys() <= more.packages.keys()
    assert less.tests <= more.tests
    assert less.images <= more.images
    for flag in ("infra", "system", "docs", "checks"):
        assert getattr(less, flag) <= getattr(more, flag)
