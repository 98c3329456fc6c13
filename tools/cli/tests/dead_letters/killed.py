"""A program that redrives and is killed: `python -m ...killed ENDPOINT`, then a line of JSON for each run on stdin.

    {"queue": "orders", "file": "/tmp/x.jsonl", "after": 7} killed by SIGKILL before its 7th step of the protocol
    {"queue": "orders", "file": "/tmp/x.jsonl"}             runs to its end

Each run is a process of its own (forked, so that imports are paid for once); its answer is a line: `killed` or `ended`. A step is the beginning and
the end of each HTTP call, and of each write and fsync of the file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from jobctl.dead_letters.backup_file import BackupFile
from jobctl.dead_letters.queues import read_selected
from jobctl.dead_letters.redrive import Redrive
from jobctl.dead_letters.selection import Selection
from jobctl.pace import Pace
from jobctl.queries.dead_letter_queue import DeadLetterQueue

HOLD_SECONDS = 1
"""So that what a killed run held can be seen soon."""
CREDENTIALS: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


class Steps:
    """Counts, and kills this process before the one that is meant."""

    def __init__(self, after: int | None) -> None:
        self._left = after

    def step(self, **_: Any) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Any) -> Any:
        def stepped(*arguments: Any) -> Any:
            self.step()
            answer = call(*arguments)
            self.step()
            return answer

        return stepped


def redrive(endpoint: str, order: dict[str, Any]) -> None:
    """Steps count from when it has looked, and begins to take out."""
    config = Config(retries={"total_max_attempts": 3}, connect_timeout=5, read_timeout=5)
    client = boto3.client("sqs", endpoint_url=endpoint, config=config, **CREDENTIALS)
    dead = client.get_queue_url(QueueName=f"{order['queue']}-dlq")["QueueUrl"]
    queue = DeadLetterQueue(client, client.get_queue_url(QueueName=order["queue"])["QueueUrl"], dead)
    wanted = {
        one.message_id for one in read_selected(queue, Selection(), wait_seconds=0, hide_seconds=HOLD_SECONDS).letters
    }
    steps = Steps(order.get("after"))
    client.meta.events.register("before-call.sqs", steps.step)
    client.meta.events.register("after-call.sqs", steps.step)
    os.write, os.fsync = steps.around(os.write), steps.around(os.fsync)
    with BackupFile(Path(order["file"])) as file:
        pace = Pace(None, clock=time.monotonic, wait=time.sleep)
        wait, rest = (lambda _: None), (lambda _: None)
        run = Redrive(
            queue, "redrive", file, pace, Selection(), wait, wait_seconds=0, hold_seconds=HOLD_SECONDS, rest=rest
        )
        run.run(wanted)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                redrive(sys.argv[1], order)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "ended", flush=True)


if __name__ == "__main__":
    main()
