from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from jobctl.dead_letters.backup_file import Action, BackupFile
from jobctl.dead_letters.queues import read_selected
from jobctl.dead_letters.redrive import Redrive, RedriveResult
from jobctl.dead_letters.selection import Selection
from jobctl.pace import Pace
from jobctl.queries.dead_letter_queue import DeadLetterQueue, Depth
from jobctl.stop import Stopped
from jobqueue.messages.dead_letter import OURS
from jobqueue.messages.job_id import derive_job_id
from localaws.fast_aws import FastAws

from .stocked import CREDENTIALS, bury, found_in, leave, make_pair, number_of

Run = Callable[..., RedriveResult]
EVERYTHING = Selection()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "result.jsonl"


@pytest.fixture
def run(path: Path) -> Run:
    """Looks, then takes out what was found; nobody waits."""

    def redriven(
        queue: DeadLetterQueue, action: Action = "redrive", selection: Selection = EVERYTHING, **changed: Any
    ) -> RedriveResult:
        wanted = {one.message_id for one in read_selected(queue, selection, wait_seconds=0).letters}
        between = changed.pop("between", lambda: None)
        between()
        with BackupFile(path) as file:
            pace = Pace(None, clock=lambda: 0.0, wait=lambda _: None)
            options = {"wait": lambda _: None, "rest": lambda _: None, "wait_seconds": 0, **changed}
            return Redrive(queue, action, file, pace, selection, **options).run(wanted)

    return redriven


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_redrive_empties_the_dead_letter_queue_into_its_queue_under_the_same_job_ids(
    queue: DeadLetterQueue, run: Run, path: Path
) -> None:
    numbers = bury(queue, 13) + leave(queue, 12)
    job_ids = {one.job_id for one in read_selected(queue, Selection(), wait_seconds=0).letters}
    result = run(queue)

    back = found_in(queue.client, queue.source_url)
    assert queue.depth() == Depth(0, 0)
    assert sorted(map(number_of, back)) == sorted(numbers)
    assert {one["MessageAttributes"]["jobId"]["StringValue"] for one in back} == job_ids
    assert not any(OURS & one["MessageAttributes"].keys() for one in back)
    assert len(result.done) == 25
    assert {line["jobId"] for line in _lines(path)} == job_ids


def test_what_sqs_itself_moved_goes_back_under_the_ids_that_its_message_gave_it(fast_aws: FastAws, run: Run) -> None:
    client = boto3.client("sqs", endpoint_url=fast_aws.endpoint, **CREDENTIALS)
    name = f"killing-{uuid.uuid4().hex[:8]}"
    dead = f"arn:aws:sqs:us-east-1:000000000000:{name}-dlq"
    queue = make_pair(client, name, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
    client.send_message(
        QueueUrl=queue.source_url,
        MessageBody='{"trigger": "test", "data": {"number": 1}}',
        MessageAttributes={"kept": {"DataType": "String", "StringValue": "x"}},
    )
    received = {"QueueUrl": queue.source_url, "VisibilityTimeout": 0, "MessageSystemAttributeNames": ["All"]}
    (seen,) = client.receive_message(**received)["Messages"]
    assert not client.receive_message(**received).get("Messages"), "its worker was killed once too often"

    job_id = derive_job_id(queue.source, seen["MessageId"], int(seen["Attributes"]["SentTimestamp"]))
    (found,) = read_selected(queue, EVERYTHING, wait_seconds=0).letters
    assert (found.reason, found.message_id, found.job_id) == ("moved_by_sqs", seen["MessageId"], job_id)
    run(queue)
    (back,) = found_in(client, queue.source_url)
    assert {name: one["StringValue"] for name, one in back["MessageAttributes"].items()} == {
        "kept": "x",
        "jobId": job_id,
        "correlationId": seen["MessageId"],
    }
    client.close()


def test_the_trace_header_and_the_group_of_a_message_go_back_with_it(queue: DeadLetterQueue, run: Run) -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    queue.client.send_message(
        QueueUrl=queue.url,
        MessageBody='{"data": {"number": 1}}',
        MessageGroupId="tenant-1",
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": header}},
    )
    run(queue)

    (back,) = found_in(queue.client, queue.source_url)
    assert (back["Attributes"]["AWSTraceHeader"], back["Attributes"]["MessageGroupId"]) == (header, "tenant-1")


def test_what_is_not_selected_stays_and_is_visible(queue: DeadLetterQueue, run: Run) -> None:
    bury(queue, 15, reason="wrong_schema")
    numbers = leave(queue, 15)
    run(queue, selection=Selection(reasons=frozenset({"moved_by_sqs"})))

    assert queue.depth() == Depth(visible=15, hidden=0)
    assert sorted(map(number_of, found_in(queue.client, queue.source_url))) == sorted(numbers)


def test_a_letter_that_came_after_the_question_is_not_taken(queue: DeadLetterQueue, run: Run) -> None:
    bury(queue, 3)
    result = run(queue, between=lambda: bury(queue, 2, first=100))

    assert len(result.done) == 3
    assert queue.depth() == Depth(visible=2, hidden=0)


def test_a_letter_that_is_too_large_for_its_queue_with_its_ids_stays_dead(queue: DeadLetterQueue, run: Run) -> None:
    small = make_pair(queue.client, f"{queue.source}-small", MaximumMessageSize="1024")
    body = json.dumps({"trigger": "x" * 990, "data": {}})
    queue.client.send_message(QueueUrl=small.url, MessageBody=body)
    result = run(small)

    assert list(result.kept.values()) == ["no room for its ids: the queue takes 1,024 bytes in all"]
    assert small.depth() == Depth(visible=1, hidden=0)


def test_what_sqs_fails_at_is_tried_again_and_no_message_is_lost(
    queue: DeadLetterQueue, run: Run, fast_aws: FastAws
) -> None:
    numbers = bury(queue, 60)
    settling = {"SendMessageBatch": 0.1, "DeleteMessageBatch": 0.1}
    fast_aws.faults(
        entry_failure=settling,
        throttle={**settling, "ReceiveMessage": 0.2},
        cut_before={**settling, "ReceiveMessage": 0.1},
        cut_after=settling,
        truncate=settling,
        seed=11,
    )
    for _ in range(20):
        try:
            run(queue)
        except Exception:  # noqa: BLE001 - a look fails as a whole; the next one goes on
            continue
        if queue.depth() == Depth(0, 0):
            break
    fast_aws.faults()

    back = found_in(queue.client, queue.source_url)
    still_dead = found_in(queue.client, queue.url)
    assert {number_of(one) for one in [*back, *still_dead]} == set(numbers)
    by_number: dict[str, set[str]] = {}
    for one in back:
        by_number.setdefault(number_of(one), set()).add(one["MessageAttributes"]["jobId"]["StringValue"])
    assert all(len(job_ids) == 1 for job_ids in by_number.values())


def test_a_copy_that_could_not_be_confirmed_leaves_the_letter_dead(
    queue: DeadLetterQueue, run: Run, fast_aws: FastAws
) -> None:
    bury(queue, 5)
    fast_aws.faults(entry_failure={"SendMessageBatch": 1.0})
    result = run(queue)

    assert len(result.failed) == 5
    assert not result.twice
    assert queue.depth() == Depth(visible=5, hidden=0)


def test_a_letter_that_was_sent_and_could_not_be_deleted_is_told_and_not_sent_again_in_this_run(
    queue: DeadLetterQueue, run: Run, fast_aws: FastAws
) -> None:
    bury(queue, 5)
    fast_aws.faults(entry_failure={"DeleteMessageBatch": 1.0})
    result = run(queue)

    assert len(result.twice) == len(result.failed) == 5
    assert len(found_in(queue.client, queue.source_url)) == 5


def test_a_queue_that_is_not_there_any_more_ends_the_run_with_all_letters_visible(
    queue: DeadLetterQueue, run: Run
) -> None:
    bury(queue, 25)
    source = queue.source_url
    with pytest.raises(Exception, match="no such queue"):
        run(queue, between=lambda: queue.client.delete_queue(QueueUrl=source))

    assert queue.depth() == Depth(visible=25, hidden=0)


def test_who_asks_it_to_end_is_heard_between_two_tens(queue: DeadLetterQueue, run: Run) -> None:
    bury(queue, 25)
    asked: list[float] = []

    def wait(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        run(queue, wait=wait)

    assert queue.depth() == Depth(visible=15, hidden=0)
    assert len(found_in(queue.client, queue.source_url)) == 10


def test_a_file_that_cannot_be_written_takes_nothing_out(queue: DeadLetterQueue) -> None:
    bury(queue, 3)
    wanted = {one.message_id for one in read_selected(queue, Selection(), wait_seconds=0).letters}
    full = Path("/dev/full")  # every write says that the disk is full
    if not full.exists():
        pytest.skip("only Linux has /dev/full")
    pace = Pace(None, clock=lambda: 0.0, wait=lambda _: None)
    with BackupFile(full) as file, pytest.raises(OSError, match="No space left"):
        Redrive(queue, "redrive", file, pace, Selection(), wait=lambda _: None, wait_seconds=0).run(wanted)

    assert queue.depth() == Depth(visible=3, hidden=0)
    assert not found_in(queue.client, queue.source_url)
