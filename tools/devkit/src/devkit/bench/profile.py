"""CPU profile of a path: samples the running service with py-spy, which needs no change to the process and hardly slows it.

Only samples of the thread that holds the interpreter lock count, so waiting threads do not show. py-spy is optional: where
it is missing, or may not look at another process, the profile says so in one line and nothing fails.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.bench.plan import BACKGROUND

if TYPE_CHECKING:
    from devkit.bench.plan import JobPath
    from devkit.bench.rounds import Bench

SECONDS = 8
RATE = 200
BACKLOG = {"main": 20_000, "background": 7_000}
"""More than a process settles in that time."""
SLOTS = {"MAX_CONCURRENCY": "24"}
"""Fewer threads than in the bench: py-spy reads every thread's stack for each sample."""
ROWS = 25
PARTS = (
    ("OpenTelemetry and our wrappers", re.compile(r"opentelemetry/|jobqueue/telemetry/(?!logs)")),
    ("boto3, urllib3 and http", re.compile(r"botocore/|boto3/|urllib3/|http/client|\(socket\.py")),
    ("log lines", re.compile(r"logging/__init__|jobqueue/telemetry/logs")),
    ("job log", re.compile(r"jobqueue/cloudwatch/")),
    ("SQS adapter", re.compile(r"jobqueue/sqs/")),
    ("messages", re.compile(r"jobqueue/messages/")),
    ("consumer", re.compile(r"jobqueue/consumer/")),
)
"""A sample belongs to the part that is innermost in its stack."""
_START = re.compile(r"\(threading\.py:\d+\)$")
"""Frames in which a thread begins or waits; they are left out."""


def take(bench: Bench, path: JobPath) -> Iterator[str]:
    """The profile of one path at 0 ms a call, as lines."""
    program = _program()
    if program is None:
        yield f"no profile of the {path.name} path: py-spy is not installed (`uv pip install py-spy`)"
        return
    settings = SLOTS | ({"JOB_LOG_STREAMS_PER_SECOND": "100000"} if path is BACKGROUND else {})
    with tempfile.TemporaryDirectory() as folder, bench.started(path, BACKLOG[path.name], settings) as consumer:
        bench.watch(consumer).until_deleted(500)
        stacks = Path(folder) / "stacks"
        command = [program, "record", "--gil", "--threads", "--nonblocking", "--format", "raw", "--rate", str(RATE)]
        command += ["--duration", str(SECONDS), "--output", str(stacks), "--pid", str(consumer.pid)]
        spy = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if spy.returncode != 0 or not stacks.exists():
            yield f"no profile of the {path.name} path: py-spy said {spy.stderr.strip()[-300:] or 'nothing'}"
            return
        yield f"profile of the {path.name} path"
        yield from table(stacks.read_text().splitlines())


def table(stacks: Iterable[str]) -> Iterator[str]:
    """Reads `frame;frame;... count` lines, outermost frame first: shares by thread, by part, and by function with all that it called."""
    threads: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for line in stacks:
        stack, _, text = line.rpartition(" ")
        places_of = [frame for frame in stack.split(";") if not _START.search(frame)]
        frames = [re.sub(r":\d+\)$", ")", frame) for frame in places_of]
        count = int(text)
        places[places_of[-1]] += count
        threads[_role(frames[0])] += count
        parts[_part(frames)] += count
        for frame in set(frames[1:]):
            functions[frame] += count
    total = threads.total()
    yield f"  {total} samples of whoever held the interpreter"
    for title, counted in (
        ("by thread", threads),
        ("by part", parts),
        ("by function, with what it calls", functions),
        ("by line, without what it calls", places),
    ):
        yield f"  {title}"
        for name, count in counted.most_common(ROWS):
            yield f"    {count / total:6.1%}  {name}"


def _program() -> str | None:
    beside = Path(sys.executable).parent / "py-spy"
    return str(beside) if beside.exists() else shutil.which("py-spy")


def _role(thread: str) -> str:
    """`thread (123): worker-7` is a worker."""
    return re.sub(r"[-\d]+$", "", thread.rpartition("): ")[2] or thread)


def _part(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, pattern in PARTS:
            if pattern.search(frame):
                return name
    return "the rest"
