"""`python -m jobtools.wheel [FOLDER]`: one wheel of `jobs` and all of the workspace that it needs, in FOLDER (`dist`).

Exit codes: 0 it is there, and its path on stdout; 1 it could not be made; 2 the command line.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jobtools.images.uv import UvFailed
from jobtools.infra.tree import REPOSITORY
from jobtools.wheel.build import build
from jobtools.wheel.requirements import Undeclared


def main() -> int:
    """The process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m jobtools.wheel", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=REPOSITORY / "dist", help="where it goes")
    try:
        wheel = build(REPOSITORY, parser.parse_args().folder)
    except (UvFailed, Undeclared, OSError) as error:
        print(f"jobtools.wheel: {error}", file=sys.stderr)
        return 1
    print(wheel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
