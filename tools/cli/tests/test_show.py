"""`jobctl show` of a job that left only a dead letter, and of one whose attempts are far apart."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from ulid import ULID

from jobqueue.messages.job_id import derive_job_id

from .conftest import Jobs
from .world import World


def test_a_letter_that_sqs_moved_is_found_by_the_id_that_its_workers_gave_it(
    still: World, shell: Callable[[World], Jobs]
) -> None:
    sqs, queue = still.clients("sqs"), still.queues["main-job-triggers"]
    body = '{"trigger": "test"}'
    message_id = sqs.send_message(QueueUrl=queue.dead_letter_url, MessageBody=body)["MessageId"]
    (letter,) = sqs.receive_message(
        QueueUrl=queue.dead_letter_url, MessageSystemAttributeNames=["SentTimestamp"], VisibilityTimeout=0
    )["Messages"]
    job_id = derive_job_id(queue.name, message_id, int(letter["Attributes"]["SentTimestamp"]))
    jobs = shell(still)
    said = jobs.said("show", job_id)
    assert (said["status"], said["state"], said["attempts"]) == ("dead letter", None, [])
    assert (said["letter"]["queue"], said["letter"]["job_type"]) == (queue.dead_letter_name, "test")
    assert "moved by SQS" in jobs.run("show", job_id).stdout


def test_attempts_that_are_far_apart_are_all_there_with_their_tasks(
    still: World, shell: Callable[[World], Jobs]
) -> None:
    hour_ms, made_ms = 3_600_000, time.time_ns() // 1_000_000 - 4 * 3_600_000
    job_id = str(ULID.from_timestamp(made_ms / 1000))
    for number, (after_ms, outcome) in enumerate(
        [(1_000, "retry"), (50 * 60_000, "retry"), (100 * 60_000, "reject")], 1
    ):
        line = {"jobId": job_id, "message": "job failed", "attempt": number, "outcome": outcome, "seconds": 0.5}
        still.write(still.group("main-job"), f"main-job/main-job/task-{number}", (made_ms + after_ms, json.dumps(line)))
    late = {"jobId": job_id, "message": "nobody's", "outcome": "done", "attempt": 9}
    still.write(still.group("main-job"), "main-job/main-job/task-9", (made_ms + 3 * hour_ms, json.dumps(late)))
    shown = shell(still).said("show", job_id)
    assert [(one["number"], one["task"]) for one in shown["attempts"]] == [(1, "task-1"), (2, "task-2"), (3, "task-3")]
    assert [hop["what"] for hop in shown["hops"]] == [
        "sent",
        "received by the main job",
        "again, attempt 2",
        "again, attempt 3",
        "rejected by the main job",
    ]
