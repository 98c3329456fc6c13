"""What CloudWatch's answers mean to the shipper."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from jobqueue.cloudwatch.calls import LogsCalls
from jobqueue.cloudwatch.client import logs_client
from jobqueue.cloudwatch.errors import LogsError, Trouble
from jobqueue.cloudwatch.job_logs import CloudWatchJobLogs
from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.cloudwatch.stream import Event
from jobqueue.messages.job import Job
from jobqueue.messages.job_id import new_job_id


@pytest.fixture
def client() -> Iterator[Any]:
    client = boto3.client("logs", region_name="us-east-1", endpoint_url="http://127.0.0.1:1")
    yield client
    client.close()


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def events(client: Any) -> list[Event]:
    settings = JobLogSettings("/jobs")
    logs = CloudWatchJobLogs(client, settings, task="t", on_overflow=lambda n: None, on_undelivered=lambda n: None)
    log: Any = logs.open(Job(new_job_id(), "abc", "resize", data={}, body={}), 1)
    return [Event(log, 1_000 + number, f'{{"n":{number}}}', 33) for number in range(5)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, {0, 1, 2, 3, 4}),
        ({"tooOldLogEventEndIndex": 2}, {2, 3, 4}),
        ({"expiredLogEventEndIndex": 1}, {1, 2, 3, 4}),
        ({"tooNewLogEventStartIndex": 3}, {0, 1, 2}),
        ({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2, "tooNewLogEventStartIndex": 4}, {2, 3}),
        ({"tooOldLogEventEndIndex": 5, "tooNewLogEventStartIndex": 0}, set()),
    ],
)
def test_rejected_events_are_told_by_their_places(
    client: Any, stub: Stubber, events: list[Event], said: dict[str, int], kept: set[int]
) -> None:
    stub.add_response("put_log_events", {"rejectedLogEventsInfo": said} if said else {})
    rejected = LogsCalls(client, "/jobs").put("s", events)
    assert len(rejected) == len(set(map(id, rejected)))
    assert {number for number, event in enumerate(events) if event not in rejected} == kept


@pytest.mark.parametrize(
    ("code", "status", "trouble"),
    [
        ("ThrottlingException", 400, Trouble.THROTTLED),
        ("SomethingNew", 429, Trouble.THROTTLED),
        ("ResourceNotFoundException", 400, Trouble.MISSING),
        ("InvalidParameterException", 400, Trouble.REFUSED),
        ("AccessDeniedException", 400, Trouble.DENIED),
        ("ExpiredTokenException", 400, Trouble.DENIED),
        ("ServiceUnavailableException", 503, Trouble.UNAVAILABLE),
        ("OperationAbortedException", 400, Trouble.UNAVAILABLE),
        ("SomethingNew", 400, Trouble.UNAVAILABLE),
    ],
)
def test_an_error_is_sorted_by_what_to_do_next(
    client: Any, stub: Stubber, events: list[Event], code: str, status: int, trouble: Trouble
) -> None:
    for operation in ("create_log_stream", "put_log_events"):
        stub.add_client_error(operation, code, "words", status)
    calls = LogsCalls(client, "/jobs")
    with pytest.raises(LogsError, match=f"CreateLogStream on log group /jobs: {code}: words") as of_create:
        calls.create("s")
    with pytest.raises(LogsError, match="PutLogEvents") as of_put:
        calls.put("s", events)
    assert (of_create.value.trouble, of_put.value.trouble) == (trouble, trouble)


def test_a_stream_that_exists_and_a_batch_that_was_accepted_before_are_success(
    client: Any, stub: Stubber, events: list[Event]
) -> None:
    stub.add_client_error("create_log_stream", "ResourceAlreadyExistsException")
    stub.add_client_error("put_log_events", "DataAlreadyAcceptedException")
    LogsCalls(client, "/jobs").create("s")
    assert LogsCalls(client, "/jobs").put("s", events) == []


def test_a_service_that_cannot_be_reached_is_unavailable() -> None:
    client = logs_client(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    with pytest.raises(LogsError, match="EndpointConnectionError") as caught:
        LogsCalls(client, "/jobs").create("s")
    client.close()
    assert caught.value.trouble is Trouble.UNAVAILABLE
