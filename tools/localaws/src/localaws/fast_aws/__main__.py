"""Run a fast AWS on its own: `python -m localaws.fast_aws --port 0`.

Prints one line, `listening http://127.0.0.1:PORT`, when calls are answered; SIGTERM and SIGINT end it at once with exit code 0.
Exit code 2: the port is taken.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

from localaws.fast_aws.server import run_until_stopped
from localaws.server_thread import LOOPBACK


def main() -> int:
    parser = argparse.ArgumentParser(prog="localaws.fast_aws", description="Fast local SQS and CloudWatch Logs.")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one (default)")
    parser.add_argument("--cpu", type=int, help="CPU to run on, where the system can pin a process")
    parser.add_argument("--certificate", type=Path, help="file with a certificate and its key: serves TLS too")
    arguments = parser.parse_args()
    try:
        if arguments.cpu is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {arguments.cpu})
        asyncio.run(_serve(arguments.port, arguments.certificate))
    except (OSError, OverflowError) as error:
        print(f"localaws.fast_aws: {error}", file=sys.stderr)
        return 2
    return 0


async def _serve(port: int, certificate: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # Stored messages are many and form no cycles: rare collections, and none of what was imported.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    await run_until_stopped(
        port, stop, lambda bound: print(f"listening http://{LOOPBACK}:{bound}", flush=True), certificate
    )


if __name__ == "__main__":
    sys.exit(main())
