"""CloudWatch Logs of the fast AWS, through a real boto3 client: what the API documents."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from localaws.fast_aws import FastAws

HOUR = 3600 * 1000
GROUP = "/jobs/log"
STREAM = "job-streams/2026-01-01/01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def stream(logs: CloudWatchLogsClient) -> str:
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    return STREAM


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def put(logs: CloudWatchLogsClient, *events: tuple[int, str], stream: str = STREAM) -> Any:
    return logs.put_log_events(
        logGroupName=GROUP,
        logStreamName=stream,
        logEvents=[{"timestamp": at, "message": text} for at, text in events],
    )


def messages(answer: Any) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_events_come_back_by_time_whatever_the_order_of_the_puts(logs: CloudWatchLogsClient, stream: str) -> None:
    now = now_ms()
    put(logs, (now, "second"), (now, "third"))
    put(logs, (now - 5, "first"))
    answer = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True)
    assert messages(answer) == ["first", "second", "third"]
    assert answer["events"][0]["timestamp"] == now - 5


def test_what_is_missing_or_there_already_raises_the_modelled_exception(
    logs: CloudWatchLogsClient, stream: str
) -> None:
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=GROUP)
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        put(logs, (now_ms(), "x"), stream="missing")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.create_log_stream(logGroupName="missing", logStreamName="x")
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.create_log_stream(logGroupName=GROUP, logStreamName="a:b")


def test_a_batch_out_of_order_is_refused_whole(logs: CloudWatchLogsClient, stream: str) -> None:
    now = now_ms()
    with pytest.raises(logs.exceptions.InvalidParameterException, match="chronological order"):
        put(logs, (now, "a"), (now - 1, "b"))
    assert messages(logs.get_log_events(logGroupName=GROUP, logStreamName=stream)) == []


def test_a_batch_holds_exactly_a_mebibyte_with_twenty_six_bytes_an_event(
    logs: CloudWatchLogsClient, stream: str
) -> None:
    now = now_ms()
    put(logs, (now, "é" * ((1_048_576 - 26) // 2)))
    with pytest.raises(logs.exceptions.InvalidParameterException, match="Upload too large"):
        put(logs, (now, "é" * ((1_048_576 - 26) // 2) + "a"))


def test_a_batch_holds_ten_thousand_events(logs: CloudWatchLogsClient, stream: str) -> None:
    now = now_ms()
    put(logs, *[(now, "x")] * 10_000)
    with pytest.raises(logs.exceptions.InvalidParameterException, match="1 to 10000"):
        put(logs, *[(now, "x")] * 10_001)


def test_a_batch_spans_at_most_a_day_of_valid_events(logs: CloudWatchLogsClient, stream: str) -> None:
    now = now_ms()
    put(logs, (now - 24 * HOUR, "a"), (now, "b"))
    with pytest.raises(logs.exceptions.InvalidParameterException, match="24 hours"):
        put(logs, (now - 24 * HOUR - 1, "a"), (now, "b"))


def test_events_too_old_or_too_new_are_left_out_and_reported(logs: CloudWatchLogsClient, stream: str) -> None:
    now = now_ms()
    old, new = now - 15 * 24 * HOUR, now + 3 * HOUR
    answer = put(logs, (old, "old"), (old, "old"), (now, "kept"), (new, "new"), (new, "new"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 3}
    assert messages(logs.get_log_events(logGroupName=GROUP, logStreamName=stream)) == ["kept"]


def test_pages_lead_forward_and_end_with_the_token_that_was_passed(logs: CloudWatchLogsClient, stream: str) -> None:
    now = now_ms()
    asked: Any = {"logGroupName": GROUP, "logStreamName": stream}
    put(logs, *[(now, str(i)) for i in range(10_000)])
    put(logs, (now, "last"))
    first = logs.get_log_events(**asked)
    second = logs.get_log_events(**asked, nextToken=first["nextForwardToken"])
    third = logs.get_log_events(**asked, nextToken=second["nextForwardToken"])
    assert [len(messages(page)) for page in (first, second, third)] == [10_000, 1, 0]
    assert third["nextForwardToken"] == second["nextForwardToken"]


def test_all_events_of_a_group_come_in_order_of_time_and_what_else_is_asked_for_is_refused(
    logs: CloudWatchLogsClient, stream: str
) -> None:
    now = now_ms()
    logs.create_log_stream(logGroupName=GROUP, logStreamName="overflow/task")
    put(logs, (now, "a"), (now + 2, "c"))
    put(logs, (now + 1, "b"), stream="overflow/task")
    found = logs.filter_log_events(logGroupName=GROUP)
    assert messages(found) == ["a", "b", "c"]
    assert [event["logStreamName"] for event in found["events"]] == [stream, "overflow/task", stream]
    with pytest.raises(ClientError, match="filterPattern"):
        logs.filter_log_events(logGroupName=GROUP, filterPattern="a")


def test_streams_are_described_by_prefix_in_pages(logs: CloudWatchLogsClient, stream: str) -> None:
    for i in range(60):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=f"many/{i:02}")
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=GROUP, logStreamNamePrefix="many/")
    names = [s["logStreamName"] for page in pages for s in page["logStreams"]]
    assert names == [f"many/{i:02}" for i in range(60)]


def test_streams_beyond_the_rate_are_throttled_and_not_made(
    logs: CloudWatchLogsClient, stream: str, aws: FastAws
) -> None:
    aws.faults(create_log_stream_per_second=0.001)  # a bucket of one, which does not fill again here
    throttled = 0
    for i in range(20):
        try:
            logs.create_log_stream(logGroupName=GROUP, logStreamName=f"s{i}")
        except logs.exceptions.ThrottlingException:
            throttled += 1
    assert throttled == 19
    described = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="s")["logStreams"]
    assert [one["logStreamName"] for one in described] == ["s0"]
    assert aws.calls()["operations"]["CreateLogStream"]["throttled"] == throttled
