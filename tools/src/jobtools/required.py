"""May a change land? `python -m jobtools.required`, with `toJSON(needs)` of a GitHub workflow in the environment variable NEEDS.

Layer: tools, main thread. A job that was skipped counts as passed, since what a change does not touch is not run, but only when the job that
says what it touches has passed. GitHub takes a skipped required check for a passed one, so this one always runs.
Exit codes: 0 it may; 1 it may not; 2 NEEDS is missing or is not what GitHub writes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

ALWAYS = "affected"
"""The job that says what a change touches."""


def judge(results: Mapping[str, str]) -> list[str]:
    """What stands in the way, a line each; empty: nothing. Results as GitHub has them: success, failure, cancelled, skipped."""
    faults = [f"{job}: {result}" for job, result in results.items() if result not in ("success", "skipped")]
    if results.get(ALWAYS) == "skipped":
        faults.append(f"{ALWAYS}: skipped, so nobody knows what the change touches")
    if ALWAYS not in results:
        faults.append(f"{ALWAYS}: not among the jobs that are waited for")
    return faults


def main() -> int:
    """The process's exit code."""
    try:
        results = {job: need["result"] for job, need in json.loads(os.environ["NEEDS"]).items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        print(f"NEEDS has no results of jobs ({error!r}); GitHub Actions sets it: toJSON(needs)", file=sys.stderr)
        return 2
    faults = judge(results)
    print("\n".join(faults or [f"{job}: {result}" for job, result in results.items()]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
