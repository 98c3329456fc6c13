"""Lock file that tells whether another deployment to the same target runs on this machine.

A file lock (flock) that the process and every Terraform it starts hold: it ends with the last of them, however they end. So a lock in the bucket that
names this machine, while nobody else here holds the file, was left by a run that was killed.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from jobctl.environment.target import Target


class Running:
    """The lock file, held while it is entered. It excludes nobody: `alone` says whether this run is the only one."""

    def __init__(self, target: Target) -> None:
        name = f"jobdeploy-{os.getuid()}-{target.account}-{target.region}-{target.name}.running"
        self._file = Path(tempfile.gettempdir()) / name
        self.descriptor = -1
        """For the children, which inherit it."""
        self.alone = False

    def __enter__(self) -> Self:
        self.descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.alone = True
        except BlockingIOError:
            self.alone = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.descriptor)  # the file stays: who removes it may remove another's
