"""What is a version, and which comes next? Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
STEPS = ("patch", "minor", "major")


class NotAVersion(ValueError):  # noqa: N818 (says what is wrong)
    """The text is not X.Y.Z."""


@dataclass(frozen=True, order=True)
class Version:
    """MAJOR.MINOR.PATCH, in the order of its numbers."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def next(self, step: str) -> Version:
        """One step up; what is right of it starts at 0. Raises ValueError for a step that is none of STEPS."""
        if step == "major":
            return Version(self.major + 1, 0, 0)
        if step == "minor":
            return Version(self.major, self.minor + 1, 0)
        if step == "patch":
            return Version(self.major, self.minor, self.patch + 1)
        raise ValueError(f"{step!r} is none of {', '.join(STEPS)}")


def parse(text: str) -> Version:
    """Raises NotAVersion."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise NotAVersion(f"{text!r} is not a version of the form X.Y.Z (numbers without leading zeros)")
    return Version(*map(int, found.groups()))
