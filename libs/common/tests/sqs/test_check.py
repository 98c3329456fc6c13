from __future__ import annotations

import json

import pytest

from jobqueue.consumer.ports import QueueError, QueueRefused
from jobqueue.settings import SettingError
from jobqueue.sqs.check import check_destination, check_source, refuse_fifo, refuse_loops

from .conftest import URL, ScriptedSqs

DEAD_URL = "http://127.0.0.1/123456789012/jobs-dead"
DEAD_ARN = "arn:aws:sqs:us-east-1:123456789012:jobs-dead"


def _redrives(sqs: ScriptedSqs, arn: str = DEAD_ARN, count: int | str = 10) -> None:
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})
    _has(sqs, "RedrivePolicy", policy)


def _has(sqs: ScriptedSqs, name: str, value: str | None) -> None:
    attributes = {"QueueArn": "arn"} if value is None else {"QueueArn": "arn", name: value}
    sqs.will("GetQueueAttributes", {"Attributes": attributes})


def _check(sqs: ScriptedSqs) -> None:
    check_source(sqs.calls, URL, dead_letter_url=DEAD_URL, max_receive_count=10)


@pytest.mark.parametrize("url", [f"{URL}.fifo", f"{URL}.fifo/"])
def test_a_fifo_queue_is_refused_by_its_name(url: str) -> None:
    with pytest.raises(SettingError, match="source queue"):
        refuse_fifo("source queue", url)
    refuse_fifo("source queue", URL)


@pytest.mark.parametrize(
    ("urls", "feeds", "said"),
    [
        (("q", "d", ["q"]), False, "is the source queue"),
        (("q", "d", ["r", "q/"]), False, "is the source queue"),
        (("q", "d", ["d"]), True, "is the dead-letter queue"),
        (("q", "q", []), True, "is its own dead-letter queue"),
    ],
)
def test_one_queue_in_two_places_is_refused(urls: tuple[str, str, list[str]], feeds: bool, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        refuse_loops(*urls, may_feed_itself=feeds)


def test_a_service_whose_handlers_alone_send_jobs_may_send_to_its_own_queue() -> None:
    refuse_loops("q", "d", ["q", "r"], may_feed_itself=True)
    refuse_loops("q", "d", [], may_feed_itself=False)


@pytest.mark.parametrize("count", [10, "10"])
def test_a_source_whose_redrive_is_what_the_settings_say_is_accepted(sqs: ScriptedSqs, count: int | str) -> None:
    _redrives(sqs, count=count)
    _check(sqs)
    assert sqs.asked == [{"QueueUrl": URL, "AttributeNames": ["RedrivePolicy", "MessageRetentionPeriod", "QueueArn"]}]


def test_a_source_without_redrive_is_refused(sqs: ScriptedSqs) -> None:
    _has(sqs, "RedrivePolicy", None)
    with pytest.raises(SettingError, match="no redrive policy"):
        _check(sqs)


def test_a_source_with_another_count_is_refused_with_both(sqs: ScriptedSqs) -> None:
    _redrives(sqs, count=3)
    with pytest.raises(SettingError, match="maxReceiveCount 3, but MAX_RECEIVE_COUNT=10"):
        _check(sqs)


def test_a_source_that_redrives_elsewhere_is_refused(sqs: ScriptedSqs) -> None:
    _redrives(sqs, arn=DEAD_ARN + "-2")
    with pytest.raises(SettingError, match="not to jobs-dead"):
        _check(sqs)


def test_a_source_that_does_not_exist_is_refused_by_its_name(sqs: ScriptedSqs) -> None:
    sqs.refuses("GetQueueAttributes", "AWS.SimpleQueueService.NonExistentQueue")
    with pytest.raises(QueueRefused, match="jobs: no such queue"):
        _check(sqs)


@pytest.mark.parametrize("stated", ["262144", "1048576", None])
def test_a_destination_that_takes_our_largest_message_is_accepted(sqs: ScriptedSqs, stated: str | None) -> None:
    _has(sqs, "MaximumMessageSize", stated)
    assert check_destination(sqs.calls, URL, max_message_bytes=262_144) == int(stated or 1_048_576)


def test_a_destination_that_takes_less_is_refused_with_both_sizes(sqs: ScriptedSqs) -> None:
    _has(sqs, "MaximumMessageSize", "1024")
    with pytest.raises(SettingError, match="1,024 bytes, but MAX_MESSAGE_BYTES=262,144"):
        check_destination(sqs.calls, URL, max_message_bytes=262_144)


def test_a_look_that_fails_for_a_passing_reason_is_repeated_twice(
    sqs: ScriptedSqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobqueue.sqs.check.PAUSES_SECONDS", (0.0, 0.0))
    sqs.refuses("GetQueueAttributes", "RequestThrottled")
    sqs.will("GetQueueAttributes", {})  # not one of SQS
    _redrives(sqs)
    _check(sqs)
    for _ in range(3):
        sqs.refuses("GetQueueAttributes", "InternalError")
    with pytest.raises(QueueError, match="InternalError"):
        _check(sqs)


def test_a_look_that_took_long_is_not_repeated(sqs: ScriptedSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobqueue.sqs.check.MAX_SECONDS", -1.0)
    sqs.refuses("GetQueueAttributes", "InternalError")
    with pytest.raises(QueueError, match="InternalError"):
        _check(sqs)
