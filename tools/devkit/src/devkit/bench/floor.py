"""The floor: the same calls in bare boto3, with one thread and one process (`python -m devkit.bench.floor`).

Main path: receive 10, send 10, delete 10. Background path: receive 10, CreateLogStream and PutLogEvents for each, delete 10. The
clients are boto3's own, with nothing configured, as in a script.
It decodes nothing, decides nothing, waits for every answer, and prints one line of JSON.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import boto3
import orjson

from devkit.bench.aws import GROUP, RECEIVE, Sample
from devkit.bench.environment import REGION, clean
from devkit.bench.figures import Run
from devkit.bench.machine import Cores
from jobqueue.messages.job_id import job_log_stream, new_job_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.bench.plan import JobPath


def measure(path: JobPath, sample: Sample, environment: Mapping[str, str], core: int | None) -> Run:
    """Runs the floor of one path in a process of its own, on a backlog that is already there.

    Raises:
        subprocess.CalledProcessError: it failed; its stderr is ours.
    """
    order = {"path": path.name, **asdict(path.floor), "core": core}
    order |= {"sample": asdict(sample), "environment": dict(environment)}
    command = [sys.executable, "-m", "devkit.bench.floor"]
    answer = subprocess.run(command, input=orjson.dumps(order), stdout=subprocess.PIPE, env=clean(), check=True).stdout
    return Run(**orjson.loads(answer))


def main() -> None:
    """Read from stdin what to measure."""
    order = orjson.loads(sys.stdin.buffer.read())
    Cores.pin(order["core"])
    ten = ten_of(order["path"], order["environment"], Sample(**order["sample"]))
    repeat(ten, order["warm_up"])
    began, cpu = time.monotonic(), time.process_time()
    messages, calls = repeat(ten, order["measured"])
    run = Run(messages, time.monotonic() - began, time.process_time() - cpu, calls)
    print(orjson.dumps(asdict(run)).decode())


def repeat(ten: Callable[[], tuple[int, int]], least: int) -> tuple[int, int]:
    """Calls `ten` until at least so many messages are through; gives messages and API calls."""
    messages = calls = 0
    while messages < least:
        added, made = ten()
        messages, calls = messages + added, calls + made
    return messages, calls


def ten_of(path: str, environment: Mapping[str, str], sample: Sample) -> Callable[[], tuple[int, int]]:
    """The calls for ten messages of one path; each gives how many messages and calls it were."""
    endpoint, authority = environment["AWS_ENDPOINT_URL"], environment["AWS_CA_BUNDLE"]
    sqs: Any = boto3.client("sqs", region_name=REGION, endpoint_url=endpoint, verify=authority)
    triggers, jobs = environment["MAIN_JOB_TRIGGERS_QUEUE_URL"], environment["BACKGROUND_JOBS_QUEUE_URL"]
    # Built once: the floor is the calls, not the making of what they carry.
    entries = [sample.entry(number) for number in range(10)]

    def main_ten() -> tuple[int, int]:
        messages = sqs.receive_message(QueueUrl=triggers, **RECEIVE)["Messages"]
        sqs.send_message_batch(QueueUrl=jobs, Entries=entries[: len(messages)])
        _delete(sqs, triggers, messages)
        return len(messages), 3

    if path == "main":
        return main_ten
    logs: Any = boto3.client("logs", region_name=REGION, endpoint_url=endpoint, verify=authority)

    def background_ten() -> tuple[int, int]:
        messages = sqs.receive_message(QueueUrl=jobs, **RECEIVE)["Messages"]
        for _ in messages:
            stream = job_log_stream(new_job_id())
            logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
            now = time.time_ns() // 1_000_000
            events = [{"timestamp": now, "message": event} for event in sample.events]
            logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)
        _delete(sqs, jobs, messages)
        return len(messages), 2 + 2 * len(messages)

    return background_ten


def _delete(sqs: Any, url: str, messages: list[dict[str, Any]]) -> None:
    entries = [{"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)]
    sqs.delete_message_batch(QueueUrl=url, Entries=entries)


if __name__ == "__main__":
    main()
