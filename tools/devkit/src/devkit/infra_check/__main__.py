"""Check the infrastructure: `python -m devkit.infra_check [format] [validate] [test] [apply]`; without a name: all of it.

Exit codes: 0 all is well; 1 something is not, the last lines say what; 2 wrong arguments, no Terraform, no AWS CLI; 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from devkit.errors import MismatchError
from devkit.infra_check.run import STEPS, run
from devkit.infra_check.terraform import TerraformError
from jobctl.errors import UsageError
from jobctl.stop import Stopped, StopSignals
from jobdeploy.root import check_terraform
from localaws.aws import only_local_credentials
from localaws.processes import ProcessDied

STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    parser = argparse.ArgumentParser(
        prog="devkit.infra_check", description="Checks infra/terraform against a local AWS."
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; none: all")
    parser.add_argument(
        "--aws-cli", metavar="PROGRAM", default="aws", help="executes the documentation's commands (%(default)s)"
    )
    options = parser.parse_args(arguments)
    steps = options.steps or STEPS
    unknown = [step for step in steps if step not in STEPS]
    if unknown:
        parser.error(f"no such step: {', '.join(unknown)}; there are {', '.join(STEPS)}")
    aws_cli = shutil.which(options.aws_cli)
    if "apply" in steps and aws_cli is None:
        parser.error(
            f"no program {options.aws_cli}; `nox -s infra` brings an AWS CLI. Or install one, or name it with --aws-cli"
        )
    with StopSignals() as stop:
        try:
            check_terraform()
            only_local_credentials(os.environ)
            run(steps, stop, Path(aws_cli).absolute() if aws_cli else None)
        except UsageError as error:
            print(error, file=sys.stderr)
            return 2
        except (TerraformError, MismatchError, ProcessDied) as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        except (Stopped, KeyboardInterrupt):
            print("\nStopped. Nothing is left behind.", file=sys.stderr)
            return STOPPED_EXIT_CODE
    return 0


if __name__ == "__main__":
    sys.exit(main())
