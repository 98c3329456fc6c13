"""Errors that end a command, each with what is wrong, what to do next, and an exit code; docs/howto/look-and-repair.md lists those of `jobctl`.

CommandError           1  what was tried failed: AWS refused or throttled a call, there is no connection
  UsageError           2  an option, a file or a trigger to write differently, a program to install; a deploy step exits with 7 instead
  NotAllowedError      3  no credentials, expired ones, another account's, a missing right; or consent was refused
  NotFoundError        4  no such stack, job, task, log, trace or dead letter
  DeadLetterError      5  `submit --wait`: a job ended as a dead letter
  NotEndedError        6  `submit --wait`: a job has not ended in the time given
"""

from __future__ import annotations

from typing import ClassVar

INTERRUPTED = 130
"""The exit status that a shell reports for a program ended by SIGINT; nothing is lost."""


class CommandError(Exception):
    """What is wrong, in one line or with its evidence below, and what a person does next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\nNext: {self.next_step}"


class UsageError(CommandError):
    """Something to write differently, install or start first: an option, deploy.toml, a trigger that no service would read, Docker."""

    exit_code = 2


class NotAllowedError(CommandError):
    """No or wrong credentials, or nobody agreed."""

    exit_code = 3


class NotFoundError(CommandError):
    """Something does not exist; the text names the places that were searched."""

    exit_code = 4


class DeadLetterError(CommandError):
    """A job that was waited for ended as a dead letter."""

    exit_code = 5


class NotEndedError(CommandError):
    """A job that was waited for has not ended, or was not found."""

    exit_code = 6
