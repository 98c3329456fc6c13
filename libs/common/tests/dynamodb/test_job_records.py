"""What DynamoDB's failures become, and what a record weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from jobqueue.aws.answers import BAD_CREDENTIALS, NO_PERMISSION, CallError
from jobqueue.consumer.job_records import Beat, JobRecord, Keeping, Key, RecordsError, Status
from jobqueue.dynamodb.items import read_record, write_record
from jobqueue.dynamodb.job_records import CHECK_SECONDS, DynamoDbJobRecords

KEEPING = Keeping(345_600, 14)


class Failing:
    """Calls that all fail. `seconds`: what the last one was given."""

    def __init__(self, error: CallError) -> None:
        self.error = error
        self.seconds: float | None = None

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        self.seconds = seconds
        raise self.error


class Answering(Failing):
    """Calls that all get one answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        return self.answer


@pytest.mark.parametrize(
    ("code", "status", "advice"),
    [
        ("ResourceNotFoundException", 400, "Check JOB_TABLE"),
        *((code, 400, "needs dynamodb:UpdateItem on the table") for code in sorted(NO_PERMISSION)),
        ("ProvisionedThroughputExceededException", 400, "raise its warm throughput"),
        ("TimedOut", 0, "Check the network"),
        ("CredentialsUnavailable", 0, r"no\.$"),
        *((code, 400, "credentials are not valid") for code in sorted(BAD_CREDENTIALS)),
    ],
)
def test_an_error_names_the_table_and_what_to_check(code: str, status: int, advice: str) -> None:
    failing = Failing(CallError(code, "no", status=status, unknown=True))
    records = DynamoDbJobRecords(failing, "jobs", KEEPING)
    with pytest.raises(RecordsError, match=f"UpdateItem on table jobs failed: {code}.*{advice}") as raised:
        records.check()
    assert raised.value.code == code
    assert failing.seconds == CHECK_SECONDS, "no lease is held yet, which bounds all others"


@pytest.mark.parametrize("answer", [{}, {"Attributes": None}, {"Attributes": {"jobId": {"S": "x"}}}])
def test_an_answer_that_is_no_record_is_an_error(answer: dict[str, Any]) -> None:
    with pytest.raises(RecordsError, match="is no job record"):
        DynamoDbJobRecords(Answering(answer), "jobs", KEEPING).beat(Key("j", "s"), "a", Beat(1))


def full() -> JobRecord:
    ms = 1_767_225_600_000
    return JobRecord(
        key=Key("0" * 26, "a-job-type-of-fifty-characters" + "-" * 20),
        type="a-job-type-of-fifty-characters" + "-" * 20,
        status=Status.COMPLETED,
        attempt=99,
        begins=999,
        expires=ms // 1000,
        correlation_id="c" * 64,
        digest="d" * 43,
        owner="o" * 69,
        lease_ends=ms,
        queued_at=ms,
        began_at=ms,
        ended_at=ms,
        due_at=ms,
        reason="r" * 100,
        progress="p" * 200,
        cursor="c" * 256,
    )


def test_a_record_comes_back_as_it_was_written() -> None:
    assert read_record(write_record(full())) == full()


def test_the_record_of_a_job_that_runs_costs_one_write_unit() -> None:
    item = write_record(replace(full(), status=Status.RUNNING, reason="", ended_at=0, due_at=0))
    assert sum(len(name) + len(next(iter(value.values()))) for name, value in item.items()) < 1024


def test_a_status_of_a_newer_version_does_not_hinder_the_reading() -> None:
    item = write_record(full()) | {"version": {"N": "99"}, "status": {"S": "dreaming"}}
    assert read_record(item).version == 99
