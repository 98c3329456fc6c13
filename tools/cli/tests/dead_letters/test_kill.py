"""Redrives that are killed at any step lose no message.

Real processes, SIGKILL, and a real SQS server in a process of its own.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from jobctl.queries.dead_letter_queue import DeadLetterQueue
from localaws.fast_aws import FastAwsProcess

from .stocked import CREDENTIALS, bury, found_in, leave, make_pair, number_of

pytestmark = pytest.mark.slow

LETTERS = 12
"""More than a call takes: two rounds of the protocol."""
LETTERS_IN_ALL = 160
"""Of the long test: half of them a worker's, half moved by SQS."""
RUNS = 6
LAST_STEP = 50
"""The moment at which a run of the long test is killed is a random step of its protocol up to this one, on any machine the same: about half of the
letters are out when the last run is killed."""
SEED = 1
MAX_WAIT_SECONDS = 2
"""A long poll that outlasts the second for which a killed run's letters are hidden."""


class Killed:
    """The process that runs `killed.py`."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        command = [sys.executable, str(Path(__file__).with_name("killed.py")), endpoint]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._folder = folder

    def file(self, queue: DeadLetterQueue) -> Path:
        return self._folder / f"{queue.source}.jsonl"

    def run(self, queue: DeadLetterQueue, **how: Any) -> bool:
        """Runs one redrive, and returns whether it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"queue": queue.source, "file": str(self.file(queue)), **how}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer in {"killed", "ended"}
        return answer == "killed"

    def noted(self, queue: DeadLetterQueue) -> set[str]:
        """Returns the numbers in the file, without a last line that was cut short."""
        text = self.file(queue).read_text() if self.file(queue).exists() else ""
        whole = [json.loads(line) for line in text.split("\n")[:-1]]
        return {str(json.loads(line["body"])["data"]["number"]) for line in whole}

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def aws() -> Iterator[FastAwsProcess]:
    with FastAwsProcess() as running:
        yield running


@pytest.fixture
def sqs(aws: FastAwsProcess) -> Iterator[Any]:
    client = boto3.client("sqs", endpoint_url=aws.endpoint, **CREDENTIALS)
    yield client
    client.close()


@pytest.fixture
def killed(aws: FastAwsProcess, tmp_path: Path) -> Iterator[Killed]:
    program = Killed(aws.endpoint, tmp_path)
    yield program
    program.close()


def test_a_redrive_killed_before_any_of_its_steps_has_lost_nothing_and_can_be_run_again(
    sqs: Any, killed: Killed
) -> None:
    runs: list[tuple[DeadLetterQueue, set[str]]] = []
    for after in range(1, 200):
        queue = make_pair(sqs, f"orders-{after}")
        runs.append((queue, {*bury(queue, LETTERS - 3), *leave(queue, 3)}))
        if not killed.run(queue, after=after):
            break
    assert len(runs) > 20  # attributes, receives, writes, fsyncs, sends, deletes: a begin and an end of each

    for after, (queue, numbers) in enumerate(runs, start=1):
        sent = found_in(sqs, queue.source_url)
        in_queue, noted = {number_of(one) for one in sent}, killed.noted(queue)
        visible, hidden = queue.depth().visible, queue.depth().hidden
        assert visible + hidden >= len(numbers - in_queue), after
        assert in_queue <= noted, after

        while queue.depth().visible + queue.depth().hidden:
            sqs.receive_message(  # returns as soon as one is visible again
                QueueUrl=queue.url, WaitTimeSeconds=MAX_WAIT_SECONDS, VisibilityTimeout=0
            )
            assert not killed.run(queue)
        sent += found_in(sqs, queue.source_url)
        assert {number_of(one) for one in sent} == numbers == killed.noted(queue), after
        assert max(Counter(map(number_of, sent)).values()) <= 2, after
        assert _job_ids_of_each(sent) == dict.fromkeys(numbers, 1), after


def test_each_of_many_letters_redriven_under_faults_and_kills_is_redriven_or_still_dead(
    aws: FastAwsProcess, sqs: Any, killed: Killed
) -> None:
    queue = make_pair(sqs, "orders")
    numbers = {*bury(queue, LETTERS_IN_ALL // 2), *leave(queue, LETTERS_IN_ALL // 2)}
    assert len(numbers) == LETTERS_IN_ALL
    settling = {"SendMessageBatch": 0.02, "DeleteMessageBatch": 0.02}
    aws.faults(entry_failure=settling, throttle=settling, cut_after=settling, truncate=settling, seed=SEED)
    chance = random.Random(SEED)
    kills, in_the_midst = 0, 0
    for _ in range(RUNS):
        before = len(killed.noted(queue))
        was_killed = killed.run(queue, after=chance.randint(1, LAST_STEP))
        kills += was_killed
        in_the_midst += was_killed and before < len(killed.noted(queue)) < LETTERS_IN_ALL
    aws.faults()
    assert kills >= RUNS // 2
    assert in_the_midst >= RUNS // 2, "kills while letters were being taken out, not before or after"

    sent, dead = found_in(sqs, queue.source_url), still_dead(sqs, queue)
    redriven = {number_of(one) for one in sent}
    assert redriven | dead == numbers, "each is redriven or still dead"
    assert redriven
    assert dead
    assert redriven <= killed.noted(queue)

    while queue.depth().visible + queue.depth().hidden:
        sqs.receive_message(QueueUrl=queue.url, WaitTimeSeconds=MAX_WAIT_SECONDS, VisibilityTimeout=0)
        killed.run(queue)
    sent += found_in(sqs, queue.source_url)
    assert {number_of(one) for one in sent} == numbers == killed.noted(queue)
    assert _job_ids_of_each(sent) == dict.fromkeys(numbers, 1), "a double has the job id of the first"


def still_dead(sqs: Any, queue: DeadLetterQueue) -> set[str]:
    """Returns the numbers in the dead-letter queue, once what killed runs held is visible again; all stay there, visible."""
    numbers: set[str] = set()
    count = queue.depth().visible + queue.depth().hidden
    receipts = []
    while len(numbers) < count:
        messages = sqs.receive_message(
            QueueUrl=queue.url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=MAX_WAIT_SECONDS,
            VisibilityTimeout=60,
        ).get("Messages", [])
        assert messages, f"{count} letters, {len(numbers)} were seen"
        numbers |= set(map(number_of, messages))
        receipts += [one["ReceiptHandle"] for one in messages]
    for start in range(0, len(receipts), 10):
        entries = [
            {"Id": str(place), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
            for place, receipt in enumerate(receipts[start : start + 10])
        ]
        sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=entries)
    return numbers


def _job_ids_of_each(sent: list[dict[str, Any]]) -> dict[str, int]:
    ids: dict[str, set[str]] = {}
    for one in sent:
        ids.setdefault(number_of(one), set()).add(one["MessageAttributes"]["jobId"]["StringValue"])
    return {number: len(each) for number, each in ids.items()}
