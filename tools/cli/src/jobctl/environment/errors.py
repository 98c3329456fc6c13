"""Errors of the commands, each with what is wrong, what to do next, and an exit code.

DeployError            1  what was tried failed
  UsageError           2  something to write, install or start first; a deploy step exits with 7, since its 2 means drift
  SmokeTestError       1  the smoke test's job did not get through
  NotAllowedError      3  credentials: none, expired, of another account; or the person said no
  LockedError          4  somebody else holds the state
  DriftError           2  what is there is not what the code says, as `terraform plan -detailed-exitcode` has it
  RolledBackError      6  ECS took the deployment back
"""

from __future__ import annotations

from typing import ClassVar


class DeployError(Exception):
    """What is wrong, in one line or with its evidence below, and what a person does next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\nNext: {self.next_step}"


class SmokeTestError(DeployError):
    """The smoke test's job did not get through. `by_new_version`: it was refused, or failed for good, in a task of the version that was deployed."""

    def __init__(self, what: str, next_step: str, *, by_new_version: bool) -> None:
        super().__init__(what, next_step)
        self.by_new_version = by_new_version


class UsageError(DeployError):
    """Something to write differently, install or start first: an option, deploy.toml, a trigger that no service would read, Docker."""

    exit_code = 2


class NotAllowedError(DeployError):
    """No or wrong credentials, or nobody agreed."""

    exit_code = 3


class LockedError(DeployError):
    """Another run holds the state's lock."""

    exit_code = 4


class DriftError(DeployError):
    """What is in AWS differs from the code."""

    exit_code = 2


class RolledBackError(DeployError):
    """The new version did not come up, and the one before runs again."""

    exit_code = 6
