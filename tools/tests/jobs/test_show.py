"""What is said of a job that left no line, only a dead letter?"""

from __future__ import annotations

from collections.abc import Callable

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
