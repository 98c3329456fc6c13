"""Addresses of images: the one that is pushed to, and the one that task definitions name.

They are the same, except for a registry on this machine that replaces ECR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobctl.environment.target import Target


@dataclass(frozen=True)
class Place:
    """`address`: HOST or HOST:PORT that is pushed to; `registered`: the same as task definitions name it."""

    address: str
    registered: str
    project: str

    @classmethod
    def of(cls, target: Target, registry: str | None = None) -> Place:
        """The target's registry; or another `registry`, which task definitions then name too."""
        return cls(registry or target.registry or target.ecr, registry or target.ecr, target.project)

    @property
    def on_this_machine(self) -> bool:
        """Whether the registry ends with the run, so that nothing in it needs to expire."""
        return self.address.startswith("127.")

    def repository(self, name: str) -> str:
        """The repository to push to and to build from."""
        return f"{self.address}/{self.project}/{name}"

    def reference(self, name: str, digest: str) -> str:
        """The name of an image in a task definition."""
        return f"{self.registered}/{self.project}/{name}@{digest}"
