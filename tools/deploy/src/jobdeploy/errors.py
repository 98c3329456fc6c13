"""Errors of deployments, beside those of `jobctl.errors`; docs/howto/deploy.md lists the exit codes."""

from __future__ import annotations

from jobctl.errors import CommandError


class SmokeTestError(CommandError):
    """The smoke test's job did not get through. `by_new_version`: it was refused, or failed for good, in a task of the version that was deployed."""

    def __init__(self, what: str, next_step: str, *, by_new_version: bool) -> None:
        super().__init__(what, next_step)
        self.by_new_version = by_new_version


class DriftError(CommandError):
    """What is in AWS differs from the code."""

    exit_code = 2


class LockedError(CommandError):
    """Another run holds the state's lock."""

    exit_code = 4


class RolledBackError(CommandError):
    """The new version did not come up, and the one before runs again."""

    exit_code = 6
