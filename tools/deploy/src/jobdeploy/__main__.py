"""Entry point of the steps: `python -m jobdeploy STEP --environment NAME`; see `--help`.

Exit codes: see `arguments`.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from jobctl.stop import Stopped, StopSignals
from jobctl.views.visible import visible
from jobdeploy.arguments import read_arguments

if TYPE_CHECKING:
    import argparse

    from jobctl.environment.prompt import Prompt
    from jobdeploy.context import LocalDoor
    from jobdeploy.progress import Progress
    from jobdeploy.settings import Settings
    from jobdeploy.target import DeployTarget

NOT_READY, FAILED, STOPPED = 7, 1, 130


def main(arguments: list[str] | None = None, *, local: LocalDoor | None = None) -> int:
    """The process's exit code."""
    options = read_arguments(sys.argv[1:] if arguments is None else arguments, local=local is not None)
    with StopSignals() as stop:
        # What takes long to import comes after the signal handlers.
        from botocore.exceptions import BotoCoreError, ClientError

        from jobctl.aws_errors import explain
        from jobctl.errors import CommandError, UsageError

        try:
            _run(options, stop, local)
        except UsageError as error:
            return _failed(error, NOT_READY)
        except (CommandError, ClientError, BotoCoreError) as error:
            explained = explain(error)
            if explained is None:
                raise
            return _failed(explained, explained.exit_code)
        except TimeoutError as error:
            return _failed(error, FAILED)
        except Stopped:
            print("\nStopped. The same command goes on from here.", file=sys.stderr)
            return STOPPED
        except KeyboardInterrupt:
            print("\nKilled. If a lock stayed, the next run says whose and how to remove it.", file=sys.stderr)
            return STOPPED
    return 0


def _run(options: argparse.Namespace, stop: StopSignals, local: LocalDoor | None) -> None:
    from jobctl.environment.prompt import Prompt
    from jobdeploy.context import open_context
    from jobdeploy.loopback import only_local_credentials
    from jobdeploy.progress import Progress
    from jobdeploy.root import check_terraform
    from jobdeploy.run import run_step
    from jobdeploy.settings import check_environment, read_settings

    check_terraform()
    settings = read_settings(options.repository)
    check_environment(options.environment)
    if options.local or options.endpoint_url:
        only_local_credentials(os.environ, options.region or settings.region)
    progress = Progress()
    prompt = Prompt(yes=options.yes or options.local, confirmed=options.confirm)
    with (
        _target(options, settings, prompt, stop, progress, local) as target,
        open_context(target, stop, progress, prompt, verbose=options.verbose) as context,
    ):
        run_step(options, context, local)


def _target(
    options: argparse.Namespace,
    settings: Settings,
    prompt: Prompt,
    stop: StopSignals,
    progress: Progress,
    local: LocalDoor | None,
) -> AbstractContextManager[DeployTarget]:
    from jobdeploy.identity import target_of

    if local is not None and options.local:
        return local.open_target(settings, options.environment, stop, progress, repository=options.repository)
    return nullcontext(target_of(options, settings, prompt, progress))


def _failed(error: Exception, code: int) -> int:
    print(visible(f"\n{error}"), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
