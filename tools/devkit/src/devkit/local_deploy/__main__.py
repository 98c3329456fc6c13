"""Deploy steps on this machine: `python -m devkit.local_deploy deploy --local`; see `--help`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from devkit.local_deploy.images import LocalImages
from devkit.local_deploy.up import open_local
from jobctl.errors import CommandError, UsageError
from jobdeploy.__main__ import main
from jobdeploy.context import LocalDoor
from jobdeploy.target import DeployTarget
from localaws.docker import DockerFailed, NoDocker
from localaws.processes import ProcessDied


@contextmanager
def open_target(*arguments: Any, **options: Any) -> Iterator[DeployTarget]:
    """`open_local`, its errors as those of the steps."""
    try:
        with open_local(*arguments, **options) as target:
            yield target
    except NoDocker as error:
        raise UsageError(str(error), "then run it again") from error
    except (DockerFailed, ProcessDied) as error:
        raise CommandError(str(error), "see what it says, then run it again") from error


if __name__ == "__main__":
    sys.exit(main(local=LocalDoor(open_target, LocalImages)))
