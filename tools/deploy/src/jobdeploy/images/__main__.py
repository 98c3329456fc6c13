"""Build images for this machine: `python -m jobdeploy.images [IMAGE ...]`. What is there already is not built again.

Exit codes: 0 done; 1 a build failed; 7 something to install, start or write first; 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys

from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError, UsageError
from jobctl.stop import Stopped, StopSignals
from jobctl.views.visible import visible
from jobdeploy.images.building import build_images
from jobdeploy.images.docker import Docker
from jobdeploy.images.sources import check_names
from jobdeploy.progress import Progress

NOT_READY, STOPPED = 7, 130


def main() -> int:
    """The process's exit code."""
    parser = argparse.ArgumentParser(prog="nox -s images --", description="Builds images for this machine.")
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="base, or a folder of services/; none: all")
    names = parser.parse_args().images
    with StopSignals() as stop:
        try:
            check_names(REPOSITORY, names)
            build_images(REPOSITORY, Docker(stop), Progress(), names or None)
        except CommandError as error:
            print(visible(f"\n{error}"), file=sys.stderr)
            return NOT_READY if isinstance(error, UsageError) else error.exit_code
        except (Stopped, KeyboardInterrupt):
            print("\nStopped. What was built stays.", file=sys.stderr)
            return STOPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
