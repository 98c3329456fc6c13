"""Run the demo: `python -m devkit.demo`.

Exit codes: 0 every trigger is accounted for, its record too; 1 not, or a process died; 2 wrong arguments; 130 Ctrl-C before the end.
What takes time to import is imported after the signal handlers are in place.
"""

from __future__ import annotations

import os
import sys

from devkit.demo.options import read_arguments
from jobctl.stop import Stopped, StopSignals

STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""


def main() -> int:
    """The process's exit code."""
    options = read_arguments(sys.argv[1:])
    with StopSignals() as stop:
        try:
            from localaws.aws import only_local_credentials

            only_local_credentials(os.environ)
            from devkit.demo.run import run

            return run(options, stop)
        except (Stopped, KeyboardInterrupt):
            print("\nStopped. Nothing is left behind.", file=sys.stderr)
            return STOPPED_EXIT_CODE


if __name__ == "__main__":
    sys.exit(main())
