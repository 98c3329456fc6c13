"""CloudWatch Logs of the stand-in, through a real boto3 client: what the API documents."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

    from localaws.fast_aws import Standin

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
    assert put(logs, (now, "second"), (now, "third"))["nextSequenceToken"]
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
    with pytest.raises(logs.exceptions.InvalidParameterException, match="less than or equal to 10000"):
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


def test_pages_lead_forward_and_back_and_end_with_the_token_that_was_passed(
    logs: CloudWatchLogsClient, stream: str
) -> None:
    now = now_ms()
    put(logs, *[(now + i, str(i)) for i in range(5)])
    asked: Any = {"logGroupName": GROUP, "logStreamName": stream, "limit": 2}
    pages = [logs.get_log_events(**asked, startFromHead=True)]
    for _ in range(3):
        token = pages[-1]["nextForwardToken"]
        pages.append(logs.get_log_events(**asked, startFromHead=True, nextToken=token))
    assert [messages(page) for page in pages] == [["0", "1"], ["2", "3"], ["4"], []]
    assert pages[3]["nextForwardToken"] == pages[2]["nextForwardToken"]
    last = logs.get_log_events(**asked)
    assert messages(last) == ["3", "4"]
    before = logs.get_log_events(**asked, nextToken=last["nextBackwardToken"])
    assert messages(before) == ["1", "2"]
    with pytest.raises(ClientError, match="nextToken"):
        logs.get_log_events(**asked, nextToken="nonsense")


def test_a_filter_finds_a_quoted_term_across_streams_in_order_of_time(logs: CloudWatchLogsClient, stream: str) -> None:
    now = now_ms()
    logs.create_log_stream(logGroupName=GROUP, logStreamName="overflow/task")
    put(logs, (now, 'a "job.failed" x'), (now + 2, "other"), (now + 3, '{"event":"job.failed"}'))
    put(logs, (now + 1, "job.failed"), stream="overflow/task")
    found = logs.filter_log_events(logGroupName=GROUP, filterPattern='"job.failed"', limit=2)
    rest = logs.filter_log_events(
        logGroupName=GROUP, filterPattern='"job.failed"', limit=2, nextToken=found["nextToken"]
    )
    shown = found["events"] + rest["events"]
    assert [event["timestamp"] - now for event in shown] == [0, 1, 3]
    assert [event["logStreamName"] for event in shown] == [stream, "overflow/task", stream]
    by_prefix = logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix="overflow/")
    assert messages(by_prefix) == ["job.failed"]
    since = logs.filter_log_events(logGroupName=GROUP, logStreamNames=[stream], startTime=now + 2)
    assert len(since["events"]) == 2
    with pytest.raises(ClientError, match="filter patterns"):
        logs.filter_log_events(logGroupName=GROUP, filterPattern="{ $.a = 1 }")


def test_streams_are_described_by_prefix_in_pages(logs: CloudWatchLogsClient, stream: str) -> None:
    for i in range(60):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=f"many/{i:02}")
    put(logs, (now_ms(), "x"))
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=GROUP, logStreamNamePrefix="many/")
    names = [s["logStreamName"] for page in pages for s in page["logStreams"]]
    assert names == [f"many/{i:02}" for i in range(60)]
    newest = logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", descending=True, limit=1)
    assert newest["logStreams"][0]["logStreamName"] == stream
    groups = logs.describe_log_groups(logGroupNamePrefix="/jobs")
    assert [group["logGroupName"] for group in groups["logGroups"]] == [GROUP]


def test_streams_beyond_the_rate_are_throttled_and_not_made(
    logs: CloudWatchLogsClient, stream: str, aws: Standin
) -> None:
    aws.faults(create_log_stream_per_second=2)
    throttled = 0
    for i in range(20):
        try:
            logs.create_log_stream(logGroupName=GROUP, logStreamName=f"s{i}")
        except logs.exceptions.ThrottlingException:
            throttled += 1
    assert throttled > 10
    described = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="s")["logStreams"]
    assert len(described) == 20 - throttled
    assert aws.calls()["operations"]["CreateLogStream"]["throttled"] == throttled
