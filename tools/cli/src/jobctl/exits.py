"""Exit codes of `jobctl`, and the errors that carry them; docs/howto/look-and-repair.md lists them.

DeployError            1  what was tried failed (AWS throttled us, a call was refused, no connection)
  (Typer's own)        2  the command line cannot be understood
  UsageError           2  ... or not as it stands: no environment named, a trigger that no service would read
  NotAllowedError      3  no credentials, expired ones, or a right is missing; the person said no
  NotFoundError        4  no such stack, job, task, log, trace or dead letter
  DeadLetterError      5  `submit --wait`: a job ended as a dead letter
  NotEndedError        6  `submit --wait`: a job had no end in the time given
  (Ctrl-C)           130  stopped by the person; nothing is lost
"""

from __future__ import annotations

from jobctl.environment.errors import DeployError, NotAllowedError, UsageError

__all__ = [
    "INTERRUPTED",
    "DeadLetterError",
    "DeployError",
    "NotAllowedError",
    "NotEndedError",
    "NotFoundError",
    "UsageError",
]

INTERRUPTED = 130
"""The exit status that a shell reports for a program ended by SIGINT."""


class NotFoundError(DeployError):
    """Something does not exist; the text names the places that were searched."""

    exit_code = 4


class DeadLetterError(DeployError):
    """A job that was waited for ended as a dead letter."""

    exit_code = 5


class NotEndedError(DeployError):
    """A job that was waited for has not ended, or no log mentions it."""

    exit_code = 6
