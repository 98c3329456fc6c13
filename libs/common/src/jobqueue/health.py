"""The container's health check: whether the worker in it is alive, by the age of a file.

    python -m jobqueue.health [--file PATH] [--max-age-seconds N]

A process of its own. One line on stdout, exit code 0 (alive) or 1 (not alive, or wrong arguments; Docker reserves 2). The worker touches the
file whenever all its loops advanced (`jobqueue.ecs.health_file`); only the file's age is read here. Imports nothing of the package, opens no
port, never asks the worker.

It runs every few seconds beside the worker on a quarter of a core, so it imports only what the interpreter
has loaded already, and reads its arguments by hand. Measured: 8 ms for the bare interpreter, 5 ms for `-m`,
0.2 ms for this module; argparse would add 7 ms, pathlib 9 ms.
"""

import os
import sys
import time

DEFAULT_FILE = "/tmp/jobqueue.health"  # noqa: S108 (a tmpfs: the container's root file system is read-only)
"""The default of HEALTH_FILE, which the worker touches to prove that it is alive."""

DEFAULT_MAX_AGE_SECONDS = 90.0
"""Seconds without a beat after which the worker counts as hung.

A poller advances at least once per long poll: 20 s (SQS's largest WaitTimeSeconds), and where the
network is gone 10 s more until the read times out and 5 s to connect: 35 s. Two of these fit with room to
spare, so that a slow poll never kills a task.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

USAGE = "usage: python -m jobqueue.health [--file PATH] [--max-age-seconds N]"


def look(file: str, max_age_seconds: float) -> tuple[int, str]:
    """The exit code and the line: what was found and what it means. Never raises."""
    try:
        touched = os.stat(file).st_mtime  # noqa: PTH116 (see above what pathlib costs)
    except FileNotFoundError:
        return (
            1,
            f"unhealthy: no {file} yet: the worker is starting, cannot write it, or has another HEALTH_FILE",
        )
    except (OSError, ValueError) as error:
        return 1, f"unhealthy: cannot read the age of {file!r}: {error}"
    age = time.time() - touched
    if age > max_age_seconds:
        meaning = "a loop of the worker hangs or has died"
        return 1, f"unhealthy: last beat {age:.0f} s ago, more than {max_age_seconds:g} s: {meaning}"
    if age < -max_age_seconds:
        # A living worker mends this with its next beat; a hung one must not look alive until then.
        return (
            1,
            f"unhealthy: last beat {-age:.0f} s in the future: the clock was set back, and no beat since",
        )
    return 0, f"healthy: last beat {max(age, 0):.0f} s ago, not more than {max_age_seconds:g} s"


def answer(arguments: list[str]) -> tuple[int, str]:
    """The exit code and the line for these arguments in this environment. Never raises."""
    given = {
        "--file": os.environ.get("HEALTH_FILE") or DEFAULT_FILE,
        "--max-age-seconds": os.environ.get("HEALTH_MAX_AGE_SECONDS") or str(DEFAULT_MAX_AGE_SECONDS),
    }
    rest = list(arguments)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name in ("-h", "--help"):
            return 0, USAGE
        if name not in given or not (equals or rest):
            return 1, f"unhealthy: cannot read the argument {name!r}; {USAGE}"
        given[name] = value if equals else rest.pop(0)
    try:
        max_age_seconds = float(given["--max-age-seconds"])
    except ValueError:
        max_age_seconds = 0.0
    if not 0 < max_age_seconds < float("inf"):
        return (
            1,
            f"unhealthy: {given['--max-age-seconds']!r} is not a greatest age in seconds, above 0; {USAGE}",
        )
    return look(given["--file"], max_age_seconds)


if __name__ == "__main__":
    exit_code, line = answer(sys.argv[1:])
    print(line)  # noqa: T201 (a command)
    sys.exit(exit_code)
