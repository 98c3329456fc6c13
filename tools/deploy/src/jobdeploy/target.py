"""Target of a deployment: one environment, with the checkout that it is deployed from and the registry that its images go to.

For an account it is made by `identity.target_of` from `deploy.toml`, the arguments and what STS says: it exists only after that check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobctl.checkout import REPOSITORY, STACK, TERRAFORM
from jobctl.environment.target import Target


@dataclass(frozen=True)
class DeployTarget(Target):
    """The environment that is deployed to."""

    registry: str | None = None
    """HOST:PORT of a registry on loopback that stands for ECR; None: ECR itself. Task definitions name ECR's address in both cases."""
    repository: Path = REPOSITORY
    """The checkout: sources, Dockerfiles, `docker/collector`."""
    terraform: Path = REPOSITORY / TERRAFORM
    """The folder of the roots, in the checkout or in a copy of it."""
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Values of the stack's variables above the environment's own; for --local (`cpu_architecture` of this machine, short polls)."""

    @property
    def state_bucket(self) -> str:
        """As infra/terraform/bootstrap/state.tf names it."""
        return f"{self.project}-{self.account}-{self.region}-state"

    @property
    def stack(self) -> Path:
        """The root that is applied once for each environment."""
        return self.terraform / STACK
