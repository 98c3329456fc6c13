"""How is a package released? `python -m jobtools.release PACKAGE patch|minor|major|X.Y.Z [--dry-run]`.

Layer: tools, main thread. Exit codes: 0 released, or shown; 1 refused, the last line says why; 2 wrong arguments, or no place to release from;
130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jobtools.affected.git import GitFailed, NotAskable
from jobtools.affected.workspace import NotAWorkspace
from jobtools.local.stop import Stopped, StopSignals
from jobtools.release.guards import MAIN, Refused
from jobtools.release.plan import Wish
from jobtools.release.run import rehearse, release

STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: list[str] | None = None, folder: Path | None = None) -> int:
    """The process's exit code. `folder`: anywhere in the repository; the current one unless given."""
    asked = _parser().parse_args(arguments)
    wish = Wish(asked.package, asked.step, force=asked.force, alone=asked.alone)
    where = folder or Path.cwd()
    with StopSignals() as stop:
        try:
            if asked.dry_run:
                rehearse(where, wish, asked.branch, _say)
            else:
                release(where, wish, asked.branch, stop, _say)
        except (NotAskable, NotAWorkspace) as error:
            print(error, file=sys.stderr)
            return 2
        except (Refused, GitFailed) as error:
            try:
                stop.check()  # git hears a Ctrl-C too, and fails of it
            except Stopped:
                return _stopped()
            print(error, file=sys.stderr)
            return 1
        except (Stopped, KeyboardInterrupt):
            return _stopped()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jobtools.release",
        description="Gives a package its next version: files, one commit, tags. Pushes nothing.",
    )
    parser.add_argument("package", help="the name of its folder: background-job, main-job, common, tools")
    parser.add_argument("step", metavar="VERSION", help="patch, minor, major, or X.Y.Z")
    parser.add_argument("--dry-run", action="store_true", help="show everything that would happen, change nothing")
    parser.add_argument("--force", action="store_true", help="even if nothing changed since its last release")
    parser.add_argument("--alone", action="store_true", help="without the services that depend on it")
    parser.add_argument("--branch", default=MAIN, help=f"the branch to release from, if it is not {MAIN}")
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _stopped() -> int:
    print("\nStopped. Run the same command again: it finishes what is left, or begins anew.", file=sys.stderr)
    return STOPPED_EXIT_CODE


if __name__ == "__main__":
    sys.exit(main())
