"""Dead letters, read with their reason, ids and trace."""

from __future__ import annotations

from typing import Any

from jobctl.queries.dead_letter import MOVED_BY_SQS, DeadLetter, read_dead_letter
from jobqueue.messages.dead_letter import Diagnosis, dead_letters
from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.history import HISTORY, History
from jobqueue.messages.job_id import derive_job_id

TRACE = "ab" * 16
SENT_MS = 1_767_225_600_000
JOB = derive_job_id("elsewhere", "m-0", SENT_MS)


def as_received(attributes: dict[str, str], body: str = "{") -> dict[str, Any]:
    stated = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    system = {"ApproximateReceiveCount": "7", "SentTimestamp": str(SENT_MS)}
    return {"MessageId": "m-1", "ReceiptHandle": "r", "Body": body, "Attributes": system, "MessageAttributes": stated}


def written(attributes: dict[str, Attribute], *, trace_id: str = "") -> DeadLetter:
    """Returns a dead letter that the runtime wrote, as it is read."""
    original = Delivery("triggers", "m-9", "r", "{", 3, SENT_MS, 0.0, SENT_MS, attributes)
    said = Diagnosis("malformed_json", "Undecodable", "cut off", "main-job", "1.2", job_id=JOB, trace_id=trace_id)
    letter = next(dead_letters(original, said))
    texts = {name: str(attribute.value) for name, attribute in letter.attributes.items()}
    return read_dead_letter("triggers-dlq", "triggers", as_received(texts))


def test_what_the_runtime_writes_is_what_is_read() -> None:
    read = written({"traceparent": Attribute(f"00-{TRACE}-{'cd' * 8}-01"), "jobId": Attribute(JOB)})
    assert (read.reason, read.error) == ("malformed_json", "Undecodable: cut off")
    assert (read.service, read.receives) == ("main-job 1.2", 3)
    assert (read.queue, read.delivery.queue, read.job_id, read.trace_id) == ("triggers-dlq", "triggers", JOB, TRACE)


def test_a_letter_has_the_correlation_id_that_its_job_had() -> None:
    assert written({"correlationId": Attribute("order-17")}).correlation_id == "order-17"
    assert written({}).correlation_id == "m-9", "where the message stated none: the MessageId of the original"


def test_a_copy_that_sqs_moved_is_found_under_the_ids_of_the_message_that_its_producer_sent() -> None:
    history = History(message_id="m-9", sent_ms=SENT_MS - 60_000, lost=5)
    read = read_dead_letter("triggers-dlq", "triggers", as_received({HISTORY: history.write()}))
    assert read.reason == MOVED_BY_SQS
    assert (read.correlation_id, read.job_id) == ("m-9", derive_job_id("triggers", "m-9", SENT_MS - 60_000))


def test_without_a_trace_of_its_message_a_letter_leads_to_that_of_its_last_attempt() -> None:
    assert written({}, trace_id=TRACE).trace_id == TRACE
    assert written({}).trace_id == ""


def test_a_letter_without_a_reason_was_moved_by_sqs_and_has_the_ids_that_its_own_message_gives_it() -> None:
    read = read_dead_letter("triggers-dlq", "triggers", as_received({}))
    assert (read.reason, read.error, read.service, read.trace_id, read.receives) == (MOVED_BY_SQS, "", "", "", 0)
    assert read.job_id == derive_job_id("triggers", "m-1", SENT_MS)
    assert read.correlation_id == "m-1"
