"""What who submits a unique job is told."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from jobqueue.client import (
    AsyncJobClient,
    InvalidRequestError,
    JobClient,
    JobClientError,
    NewJob,
    NoRecordsError,
    Status,
)
from jobqueue.client.boto_calls import BotoCalls
from jobqueue.consumer.job_records import Ending, Key, Start
from jobqueue.consumer.unique_keys import Claim
from jobqueue.dynamodb.unique_keys import DynamoDbUniqueKeys
from jobqueue.messages.job_id import new_job_id
from jobqueue.testing.contract.job_records import KEEPING

from .conftest import Stack

KEY = "order-17"


@pytest.fixture
def client(stack: Stack) -> JobClient:
    return JobClient(clients=stack.clients, environ=stack.environ)


def end(stack: Stack, job_id: str) -> None:
    now = time.time_ns() // 1_000_000
    key = Key(job_id, "report")
    stack.records.begin(Start(key=key, type="report", owner="o", lease_ends=now + 60_000, sent_at=0))
    stack.records.end(key, "o", Ending(Status.COMPLETED, now))


def test_a_second_job_is_answered_with_the_first_and_not_sent_until_that_is_over(
    stack: Stack, client: JobClient
) -> None:
    first = client.submit("report", {"n": 1}, unique_key=KEY, unique_seconds=3600)
    second = client.submit("report", {"n": 2}, unique_key=KEY)
    assert (first.created, first.same_as) == (True, None)
    assert (second.created, second.job_id, second.same_as) == (False, first.job_id, first.job_id)
    (body,) = stack.bodies()
    assert (body["uniqueKey"], body["uniqueSeconds"], body["data"]) == (KEY, 3600, {"n": 1})
    end(stack, first.job_id)
    third = client.submit("report", {"n": 3}, unique_key=KEY)
    assert (third.created, third.same_as) == (True, None)


def test_a_job_that_is_cancelled_while_it_waits_has_no_key(client: JobClient) -> None:
    first = client.submit("report", unique_key=KEY)
    client.cancel(first.job_id)
    assert client.submit("report", unique_key=KEY).created


def test_who_submits_again_under_the_same_id_goes_on(stack: Stack, client: JobClient) -> None:
    """Its first call ended between the claim and the record, or between the record and the send."""
    job_id = new_job_id()
    keys = DynamoDbUniqueKeys(BotoCalls(stack.clients("dynamodb")), stack.table, KEEPING)
    assert keys.claim(Claim(job_id=job_id, type="report", key=KEY)) == job_id
    assert client.submit("report", unique_key=KEY).same_as == job_id
    assert stack.bodies() == []
    assert client.submit("report", unique_key=KEY, job_id=job_id).created
    assert not client.submit("report", unique_key=KEY, job_id=job_id).created
    assert len(stack.bodies()) == 2


def test_of_many_each_is_told_for_itself(stack: Stack, client: JobClient) -> None:
    told = client.submit_many([NewJob(type="report", unique_key=key) for key in ("a", "b", "a")])
    assert [one.created for one in told] == [True, True, False]
    assert told[2].same_as == told[0].job_id
    assert len(stack.bodies()) == 2


def test_the_client_for_asyncio_does_the_same(stack: Stack) -> None:
    async def twice() -> list[bool]:
        async with AsyncJobClient(clients=stack.clients, environ=stack.environ) as client:
            return [(await client.submit("report", unique_key=KEY, unique_seconds=60)).created for _ in range(2)]

    assert asyncio.run(twice()) == [True, False]


def test_without_a_table_a_unique_job_is_refused_by_name_and_nothing_is_sent(stack: Stack) -> None:
    bare = JobClient(queue_url=stack.queue_url, clients=stack.clients, environ={})
    with pytest.raises(NoRecordsError, match="`unique_key` needs job records"):
        bare.submit("report", unique_key=KEY)
    assert stack.bodies() == []


@pytest.mark.parametrize(
    ("unique", "said"),
    [
        ({"unique_key": ""}, "uniqueKey must be"),
        ({"unique_key": "x" * 1025}, "at most 1024"),
        ({"unique_seconds": 60}, "needs a uniqueKey"),
        ({"unique_key": KEY, "unique_seconds": 0}, "uniqueSeconds must be"),
        ({"unique_key": KEY, "unique_seconds": 1_209_601}, "uniqueSeconds must be"),
    ],
)
def test_what_cannot_be_a_unique_key_is_refused_by_name(client: JobClient, unique: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said):
        client.submit("report", **unique)


def test_a_key_whose_job_has_no_job_id_is_told_and_not_believed(stack: Stack, client: JobClient) -> None:
    DynamoDbUniqueKeys(BotoCalls(stack.clients("dynamodb")), stack.table, KEEPING).claim(
        Claim(job_id="\x1b[2J", type="report", key=KEY)
    )
    with pytest.raises(JobClientError, match=r"'\\x1b\[2J' is not a job id"):
        client.submit("report", unique_key=KEY)
