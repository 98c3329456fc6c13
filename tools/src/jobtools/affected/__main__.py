"""What does a change touch? `python -m jobtools.affected [--base REF] [--json] [--github-output]`.

Layer: tools, main thread. Exit codes: 0 the answer was given; 2 it cannot be (not a repository, an unknown ref, a file that cannot be read).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from pathlib import Path

from jobtools.affected.answer import as_github_output, as_text
from jobtools.affected.ask import affected
from jobtools.affected.changes import USUAL_BASES
from jobtools.affected.git import GitFailed, NotAskable
from jobtools.affected.workspace import NotAWorkspace

GITHUB_OUTPUT = "GITHUB_OUTPUT"
"""The environment variable with the file that GitHub Actions reads a step's outputs from."""


def main(arguments: list[str] | None = None, folder: Path | None = None) -> int:
    """The process's exit code. `folder`: anywhere in the repository; the current one unless given."""
    parser = argparse.ArgumentParser(
        prog="jobtools.affected",
        description="Which packages, images and checks a change touches: HEAD and the working tree against a base.",
    )
    parser.add_argument("--base", metavar="REF", help=f"compare with this; else the first of {', '.join(USUAL_BASES)}")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--github-output", action="store_true", help=f"append every key to the file ${GITHUB_OUTPUT}")
    asked = parser.parse_args(arguments)
    output = os.environ.get(GITHUB_OUTPUT)
    if asked.github_output and not output:
        parser.error(f"--github-output: {GITHUB_OUTPUT} is not set; GitHub Actions sets it for each step")
    try:
        values = affected(folder or Path.cwd(), asked.base or None)
    except (NotAskable, NotAWorkspace, GitFailed, tomllib.TOMLDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    if asked.github_output and output:
        with Path(output).open("a", encoding="utf-8") as file:
            file.write(as_github_output(values))
    print(json.dumps(values, indent=2) if asked.json else as_text(values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
