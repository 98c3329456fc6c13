"""Where do images go, and what are they called there? Layer: tools, pure.

An image is pushed to an address and registered under one: the same, but for a registry on this machine that stands for ECR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobtools.deploy.target import Target


@dataclass(frozen=True)
class Place:
    """`address`: HOST or HOST:PORT that is pushed to; `registered`: the same as task definitions name it."""

    address: str
    registered: str
    project: str

    @classmethod
    def of(cls, target: Target, registry: str | None = None) -> Place:
        """The target's; or another `registry`, which is then registered too."""
        return cls(registry or target.registry or target.ecr, registry or target.ecr, target.project)

    @property
    def on_this_machine(self) -> bool:
        """Whether it goes with the run: nothing expires there."""
        return self.address.startswith("127.")

    def repository(self, name: str) -> str:
        """To push to and to build from."""
        return f"{self.address}/{self.project}/{name}"

    def reference(self, name: str, digest: str) -> str:
        """For a task definition."""
        return f"{self.registered}/{self.project}/{name}@{digest}"
