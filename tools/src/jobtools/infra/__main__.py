"""Check the infrastructure: `python -m jobtools.infra [format] [validate] [test] [apply]`; without a name: all of it.

Exit codes: 0 all is well; 1 something is not, the last lines say what; 2 wrong arguments, no Terraform, no AWS CLI; 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys

from jobtools.infra.inventory import NotAsSaid
from jobtools.infra.run import STEPS, run
from jobtools.infra.terraform import NoTerraform, TerraformFailed, check_version
from jobtools.infra_proof.documented import NoAwsCli, find_aws_cli
from jobtools.local.aws import only_local_credentials
from jobtools.local.processes import ProcessDied
from jobtools.local.stop import Stopped, StopSignals

STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    parser = argparse.ArgumentParser(prog="jobtools.infra", description="Checks infra/terraform against a local AWS.")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; none: all")
    parser.add_argument(
        "--aws-cli", metavar="PROGRAM", help="executes the documentation's commands; else: aws on the path"
    )
    told = parser.parse_args(arguments)
    steps = told.steps or STEPS
    unknown = [step for step in steps if step not in STEPS]
    if unknown:
        parser.error(f"no such step: {', '.join(unknown)}; there are {', '.join(STEPS)}")
    with StopSignals() as stop:
        try:
            print(f"Terraform {check_version(os.environ)}", flush=True)
            only_local_credentials(os.environ)
            run(steps, stop, find_aws_cli(told.aws_cli) if "apply" in steps else None)
        except (NoTerraform, NoAwsCli) as error:
            print(error, file=sys.stderr)
            return 2
        except (TerraformFailed, NotAsSaid, ProcessDied) as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        except (Stopped, KeyboardInterrupt):
            print("\nStopped. Nothing is left behind.", file=sys.stderr)
            return STOPPED_EXIT_CODE
    return 0


if __name__ == "__main__":
    sys.exit(main())
