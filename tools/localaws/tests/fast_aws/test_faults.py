"""Injected faults: what boto3 makes of them, their rates, and their repetition from the same seed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

    from localaws.fast_aws import FastAws

SEED_THAT_CUTS_THEN_ANSWERS = 1


@pytest.fixture
def retrying(aws: FastAws) -> Iterator[SQSClient]:
    made: SQSClient = boto3.session.Session().client(
        "sqs",
        endpoint_url=aws.endpoint,
        config=Config(retries={"mode": "standard", "max_attempts": 3}),
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name="us-east-1",
    )
    yield made
    made.close()


def test_throttling_has_the_code_and_status_of_each_service(
    sqs: SQSClient, logs: CloudWatchLogsClient, url: str, aws: FastAws
) -> None:
    aws.faults(throttle=1)
    with pytest.raises(sqs.exceptions.RequestThrottled) as refused:
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert refused.value.response["Error"]["Code"] == "RequestThrottled"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(logs.exceptions.ThrottlingException):
        logs.create_log_group(logGroupName="x")


def test_an_internal_error_is_a_500_with_nothing_done(sqs: SQSClient, url: str, aws: FastAws) -> None:
    aws.faults(internal_error={"SendMessage": 1})
    with pytest.raises(ClientError) as refused:
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert refused.value.response["Error"]["Code"] == "InternalError"
    assert aws.queues()["jobs"]["visible"] == 0


def test_a_connection_cut_before_has_done_nothing_and_cut_after_has_done_all(
    sqs: SQSClient, url: str, aws: FastAws
) -> None:
    aws.faults(cut_before=1)
    with pytest.raises(ConnectionClosedError):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert aws.queues()["jobs"]["visible"] == 0
    aws.faults(cut_after=1)
    with pytest.raises(ConnectionClosedError):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert aws.queues()["jobs"]["visible"] == 1
    aws.faults()
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    row = aws.calls()["operations"]["SendMessage"]
    assert (row["calls"], row["cut_before"], row["cut_after"], row["open"]) == (2, 1, 1, 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_that_hangs_is_never_answered_and_in_progress_until_its_client_is_gone(
    when: str, sqs: SQSClient, url: str, aws: FastAws
) -> None:
    impatient: SQSClient = boto3.client(
        "sqs",
        endpoint_url=aws.endpoint,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=0.3),
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        region_name="us-east-1",
    )
    aws.faults(**{f"hang_{when}": {"SendMessage": 1}})
    with pytest.raises(ReadTimeoutError):
        impatient.send_message(QueueUrl=url, MessageBody="x")
    impatient.close()
    assert aws.queues()["jobs"]["visible"] == (when == "after")
    aws.faults()
    sqs.send_message(QueueUrl=url, MessageBody="others go on")
    while aws.calls()["operations"]["SendMessage"]["open"]:
        pass
    assert aws.calls()["operations"]["SendMessage"][f"hung_{when}"] == 1


def test_a_lost_answer_that_the_client_retries_leaves_a_duplicate(
    sqs: SQSClient, url: str, aws: FastAws, retrying: SQSClient
) -> None:
    aws.faults(cut_after={"SendMessage": 0.5}, seed=SEED_THAT_CUTS_THEN_ANSWERS)
    retrying.send_message(QueueUrl=url, MessageBody="x")
    assert aws.queues()["jobs"]["visible"] == 2


def test_a_truncated_answer_is_an_empty_success_to_boto3_though_the_work_is_done(
    sqs: SQSClient, url: str, aws: FastAws
) -> None:
    aws.faults(truncate={"SendMessageBatch": 1})
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "0", "MessageBody": "x"}])
    assert set(answer) == {"ResponseMetadata"}
    assert aws.queues()["jobs"]["visible"] == 1
    assert aws.calls()["operations"]["SendMessageBatch"]["truncated"] == 1


def test_a_lost_answer_to_a_receive_hides_its_messages(sqs: SQSClient, url: str, aws: FastAws) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x")
    aws.faults(cut_after={"ReceiveMessage": 1})
    with pytest.raises(ConnectionClosedError):
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)
    assert aws.queues()["jobs"] == {"visible": 0, "in_flight": 1, "delayed": 0}


def test_one_seed_fails_the_same_calls(sqs: SQSClient, url: str, aws: FastAws) -> None:
    def fates() -> list[str]:
        aws.faults(throttle=0.3, internal_error=0.3, seed=11)
        seen = []
        for _ in range(30):
            try:
                sqs.get_queue_url(QueueName="jobs")
                seen.append("done")
            except ClientError as error:
                seen.append(error.response["Error"]["Code"])
        return seen

    first = fates()
    assert first == fates()
    assert set(first) == {"done", "RequestThrottled", "InternalError"}


def test_latency_passes_in_calls_that_overlap(sqs: SQSClient, url: str, aws: FastAws) -> None:
    aws.faults(latency_ms={"SendMessage": 100})
    started = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        calls = [pool.submit(sqs.send_message, QueueUrl=url, MessageBody="x") for _ in range(10)]
        for call in calls:
            call.result()
    assert time.monotonic() - started >= 0.1
    row = aws.calls()["operations"]["SendMessage"]
    assert (row["calls"], row["entries"], row["open"]) == (10, 10, 0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"throtle": 1}, "throtle"),
        ({"throttle": {"SendMesage": 1}}, "SendMesage"),
        ({"throttle": 2}, "more than 1"),
        ({"throttle": 0.6, "cut_after": 0.6}, "more than 1"),
        ({"latency_ms": -1}, "latency_ms"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_by_name(aws: FastAws, settings: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        aws.faults(**settings)


def test_a_reset_forgets_what_it_names_and_nothing_else(sqs: SQSClient, url: str, aws: FastAws) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert aws.calls()["total"] == 2
    aws.reset("calls")
    assert aws.calls()["total"] == 0
    assert aws.queues()["jobs"]["visible"] == 1
    aws.reset("queues")
    assert aws.queues() == {}
