"""Requirements of a set of modules, from the names that they import and the distributions installed here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import packages_distributions, requires

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Undeclared(Exception):  # noqa: N818 (says what is wrong)
    """Something is imported that no package of the workspace asks for. The text names both."""


def requirements(foreign: Mapping[str, str], declared: Iterable[str]) -> list[str]:
    """The declared requirements that the imported names come from, sorted. `foreign`: see `reach.Reached`.

    A name from a distribution that only another one requires (botocore, of boto3) comes with that.

    Raises:
        Undeclared: a name comes from no distribution, or from one that nothing requires.
    """
    by_name = {_name(one): one for one in declared}
    installed = packages_distributions()
    origins = {top: {_name(one) for one in installed.get(top, ())} for top in foreign}
    needed = {name for names in origins.values() for name in names if name in by_name}
    brought = {_name(one) for name in needed for one in requires(name) or ()}
    for top, names in origins.items():
        if not names & (needed | brought):
            raise Undeclared(
                f"{foreign[top]} imports {top}, and no package of the workspace asks for it: add it to one's dependencies"
            )
    return sorted(by_name[name] for name in needed)


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    assert match is not None, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()
