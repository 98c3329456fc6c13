"""Entry point of the steps: `python -m jobtools.deploy STEP --environment NAME`; see `--help`.

Exit codes: see `arguments` and `wrong`.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from jobtools.deploy.arguments import read_arguments
from jobtools.local.stop import Stopped, StopSignals
from jobtools.look.visible import visible

if TYPE_CHECKING:
    import argparse

    from jobtools.deploy.person import Person
    from jobtools.deploy.settings import Settings
    from jobtools.deploy.target import Target
    from jobtools.infra.progress import Progress

NOT_READY, FAILED, STOPPED = 7, 1, 130


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    asked = read_arguments(sys.argv[1:] if arguments is None else arguments)
    with StopSignals() as stop:
        # What takes long to import comes after the signal handlers.
        from botocore.exceptions import BotoCoreError, ClientError

        from jobtools.deploy.explain import explain_aws
        from jobtools.deploy.wrong import Wrong
        from jobtools.docker import DockerFailed, NoDocker
        from jobtools.images.machine import BadSetting
        from jobtools.images.requirements import Conflict
        from jobtools.images.uv import UvFailed
        from jobtools.infra.terraform import NoTerraform, TerraformFailed
        from jobtools.local.processes import ProcessDied

        try:
            _run(asked, stop)
        except Wrong as error:
            return _said(error, error.exit_code)
        except (ClientError, BotoCoreError) as error:
            explained = explain_aws(error)
            return _said(explained, explained.exit_code)
        except (NoDocker, NoTerraform, BadSetting) as error:
            return _said(error, NOT_READY)
        except (DockerFailed, UvFailed, Conflict, ProcessDied, TerraformFailed, TimeoutError) as error:
            return _said(error, FAILED)
        except Stopped:
            print("\nStopped. The same command goes on from here.", file=sys.stderr)
            return STOPPED
        except KeyboardInterrupt:
            print("\nKilled. If a lock stayed, the next run says whose and how to remove it.", file=sys.stderr)
            return STOPPED
    return 0


def _run(asked: argparse.Namespace, stop: StopSignals) -> None:
    from jobtools.deploy.person import Person
    from jobtools.deploy.run import run_step
    from jobtools.deploy.settings import check_environment, read_settings
    from jobtools.deploy.work import open_work
    from jobtools.infra.progress import Progress
    from jobtools.infra.terraform import check_version
    from jobtools.local.aws import only_local_credentials

    check_version(os.environ)
    settings = read_settings(asked.repository)
    check_environment(asked.environment)
    if asked.local or asked.endpoint_url:
        only_local_credentials(os.environ)
    progress = Progress(sys.stderr if asked.step == "info" and asked.json else None)
    person = Person(yes=asked.yes or asked.local, confirmed=asked.confirm)
    with (
        _target(asked, settings, person, stop, progress) as target,
        open_work(target, stop, progress, person, verbose=asked.verbose) as work,
    ):
        run_step(asked, work)


def _target(
    asked: argparse.Namespace, settings: Settings, person: Person, stop: StopSignals, progress: Progress
) -> AbstractContextManager[Target]:
    from jobtools.deploy.identity import target_of

    if asked.local:
        from jobtools.deploy.local import open_local

        return open_local(settings, asked.environment, stop, progress, repository=asked.repository)
    return nullcontext(target_of(asked, settings, person, progress))


def _said(error: Exception, code: int) -> int:
    print(visible(f"\n{error}"), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
