"""Other runtimes beside each other (`python -m devkit.bench --peers`): each receives, does nothing and deletes, on the same local SQS.

Each is a script of `tools/devkit/peers` with a lock of its own, which uv installs; none is a package of the workspace. They speak plain HTTP, since
not all of them can be told an authority. Their messages are their own; nothing is sent on, and nothing is exported.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3

from devkit.bench import machine
from devkit.bench.consumer import POLL_SECONDS, STALLED_SECONDS, ConsumerError
from devkit.bench.environment import REGION, clean, cleaned
from devkit.bench.machine import Cores
from jobctl.checkout import REPOSITORY

if TYPE_CHECKING:
    from localaws.fast_aws import FastAwsProcess

SCRIPTS = REPOSITORY / "tools" / "devkit" / "peers"
PEERS = ("boto3_loop", "with_dramatiq", "with_taskiq", "with_celery")
WARM_UP, MEASURED = 500, 2000
DELETES = ("DeleteMessage", "DeleteMessageBatch")


class Figures(NamedTuple):
    """Of one peer, between its warm-up and the end of its backlog."""

    name: str
    cpu_ms: float
    rate: float
    calls_each: float


def measure(fast_aws: FastAwsProcess, cores: Cores, divisor: int, say: Callable[[str], None]) -> Iterator[Figures]:
    """One after the other.

    Raises:
        ConsumerError: one could not send, ended, or deleted nothing for a minute.
    """
    with cleaned():
        sqs: Any = boto3.client("sqs", region_name=REGION, endpoint_url=fast_aws.endpoint)
    for name in PEERS:
        say(f"peer: {name}")
        fast_aws.reset()
        url = sqs.create_queue(QueueName="peers_jobs")["QueueUrl"]
        environment = {**clean(), "AWS_ENDPOINT_URL": fast_aws.endpoint, "PEER_QUEUE_URL": url}
        yield _peer(name, environment, fast_aws, cores, WARM_UP // divisor, MEASURED // divisor)


def lines(figures: list[Figures]) -> Iterator[str]:
    """The table."""
    yield f"{'receive and delete, plain HTTP':<32}{'CPU ms, 1,000 messages':>24}{'messages/s':>14}{'API calls a message':>22}"
    for one in figures:
        yield f"{one.name:<32}{one.cpu_ms:>24,.0f}{one.rate:>14,.0f}{one.calls_each:>22.3f}"


def _peer(
    name: str, environment: dict[str, str], fast_aws: FastAwsProcess, cores: Cores, warm_up: int, measured: int
) -> Figures:
    command = [os.environ.get("UV", "uv"), "run", "--quiet", "--locked", f"--python={sys.executable}", "--script"]
    command.append(str(SCRIPTS / f"{name}.py"))
    sent = subprocess.run(
        [*command, "send", str(warm_up + measured)], env=environment, capture_output=True, check=False
    )
    if sent.returncode:
        raise ConsumerError(f"{name} sent nothing; stderr: {sent.stderr.decode(errors='replace')[-2000:]}")
    fast_aws.reset("calls")
    Cores.pin(cores.measured)
    try:
        peer = subprocess.Popen(
            [*command, "work"],
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    finally:
        Cores.pin(cores.rest)
    try:
        first = _until_deleted(peer, fast_aws, warm_up)
        last = _until_deleted(peer, fast_aws, warm_up + measured)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(peer.pid, signal.SIGKILL)
        peer.wait()
    messages = last[0] - first[0]
    seconds, cpu, calls = (after - before for before, after in zip(first[1:], last[1:], strict=True))
    return Figures(name, cpu / messages * 1_000_000, messages / seconds, calls / messages)


def _until_deleted(
    peer: subprocess.Popen[bytes], fast_aws: FastAwsProcess, count: int
) -> tuple[float, float, float, float]:
    """Messages deleted, time, CPU seconds of all its processes, API calls: at the first look that has so many deleted."""
    moved_at, before = time.monotonic(), 0
    while True:
        calls = fast_aws.calls()
        deleted = sum(int(calls["operations"].get(name, {}).get("entries", 0)) for name in DELETES)
        now = time.monotonic()
        if deleted >= count:
            return deleted, now, _cpu_of_group(peer.pid), calls["total"]
        moved_at, before = (now, deleted) if deleted > before else (moved_at, before)
        if peer.poll() is not None or now > moved_at + STALLED_SECONDS:
            raise ConsumerError(f"{peer.args!r} ended, or deleted nothing for {STALLED_SECONDS:.0f} s after {deleted}")
        time.sleep(POLL_SECONDS)


def _cpu_of_group(leader: int) -> float:
    """Of every process of its session: dramatiq and taskiq start their workers."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            pid = int(folder.name)
            if os.getsid(pid) == leader:
                total += machine.cpu_seconds(pid)
    return total
