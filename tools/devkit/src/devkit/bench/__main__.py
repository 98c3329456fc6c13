"""Run the bench: `python -m devkit.bench` prints what a message costs and how fast one process is.

Exit codes: 0 whatever the figures say, 1 when a service failed, 2 where this system cannot be measured.
"""

from __future__ import annotations

import argparse
import sys
import time

from devkit.bench import machine, peers
from devkit.bench.consumer import ConsumerError
from devkit.bench.machine import Cores
from devkit.bench.plan import Plan
from devkit.bench.report import lines
from devkit.bench.rounds import Bench
from devkit.bench.sink import Sink
from localaws.fast_aws import FastAwsProcess

_began = time.monotonic()


def main() -> int:
    """The process's exit code."""
    arguments = _arguments()
    if not machine.readable():
        print("bench: needs Linux: it reads CPU time and memory from /proc", file=sys.stderr)
        return 2
    repeats = arguments.repeats or (1 if arguments.quick else 3)
    divisor = 2 if arguments.quick else 1
    try:
        if arguments.peers:
            _measure_peers(divisor)
        else:
            _measure(Plan(repeats, divisor))
    except ConsumerError as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _measure(plan: Plan) -> None:
    cores = Cores.choose()
    Cores.pin(cores.rest)
    with Sink(cores.rest) as sink, FastAwsProcess(cpu=cores.rest, tls=True) as fast_aws:
        results = Bench(plan, cores, fast_aws, sink).measure(_say)
    print("\n".join(lines(plan, cores, results, sink.received_bytes)), flush=True)


def _measure_peers(divisor: int) -> None:
    cores = Cores.choose()
    Cores.pin(cores.rest)
    with FastAwsProcess(cpu=cores.rest) as fast_aws:
        figures = [*peers.measure(fast_aws, cores, divisor, _say)]
    print("\n".join(peers.lines(figures)), flush=True)


def _say(text: str) -> None:
    print(f"{time.monotonic() - _began:5.0f} s  {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devkit.bench", description="What a message costs, next to bare boto3.")
    parser.add_argument("--repeats", type=_positive, help="runs of each kind (default 3)")
    parser.add_argument(
        "--quick", action="store_true", help="one repeat and fewer messages: a quick look, without a spread"
    )
    parser.add_argument(
        "--peers", action="store_true", help="instead: dramatiq, taskiq and Celery beside a loop of bare boto3 calls"
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
