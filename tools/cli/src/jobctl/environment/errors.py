"""Errors of the steps, each with what is wrong, what to do next, and an exit code.

Wrong                      1  what was tried failed
  SmokeFailed              1  the smoke test's job did not get through
  NotAllowed               3  credentials: none, expired, of another account; or the person said no
  Locked                   4  somebody else holds the state
  Drifted                  2  what is there is not what the code says, as `terraform plan -detailed-exitcode` has it
  BadWish                  2  (`jobctl`) something to write differently
  RolledBack               6  ECS took the deployment back
  BadRequest               7  arguments, deploy.toml, a program to install or to start
"""

from __future__ import annotations

from typing import ClassVar


class Wrong(Exception):  # noqa: N818 (says what is wrong)
    """What is wrong, in one line or with its evidence below, and what a person does next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\nNext: {self.next_step}"


class SmokeFailed(Wrong):
    """The smoke test's job did not get through. `by_new_version`: it was refused, or failed for good, in a task of the version that was deployed."""

    def __init__(self, what: str, next_step: str, *, by_new_version: bool) -> None:
        super().__init__(what, next_step)
        self.by_new_version = by_new_version


class BadRequest(Wrong):
    """Something to write, install or start first."""

    exit_code = 7


class BadWish(Wrong):
    """Something to write differently: a trigger that no service would read, a stack that nobody named."""

    exit_code = 2


class NotAllowed(Wrong):
    """No or wrong credentials, or nobody agreed."""

    exit_code = 3


class Locked(Wrong):
    """Another run holds the state's lock."""

    exit_code = 4


class Drifted(Wrong):
    """What is in AWS differs from the code."""

    exit_code = 2


class RolledBack(Wrong):
    """The new version did not come up, and the one before runs again."""

    exit_code = 6
