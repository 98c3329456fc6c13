"""The units that docs/cost.md says job records take, counted by the local AWS from the sizes of their items."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, islice
from typing import Any

import pytest

from jobctl.checkout import REPOSITORY
from jobqueue.client.boto_calls import BotoCalls
from jobqueue.client.job_client import polls
from jobqueue.consumer.job_records import MAIN, Beat, Ending, Keeping, Key, NewJob, Start, Status
from jobqueue.consumer.job_steps import JobStep
from jobqueue.dynamodb.job_records import DynamoDbJobRecords
from jobqueue.dynamodb.job_steps import DynamoDbJobSteps
from jobqueue.messages.digest import job_digest
from jobqueue.messages.job_id import new_job_id
from jobqueue.testing.contract.dynamodb_backend import make_table
from localaws.aws import clients_of, start_aws
from localaws.processes import Processes

WRITE, READ = Decimal("0.625"), Decimal("0.125")
"""Dollars a million units, as the page has them."""
TYPE, CORRELATION_ID = "send-report", "0af76519-16cd-43dd-8448-eb211c80319c"
MS = 1_800_000_000_000
WAITED_SECONDS = 10.0
BEAT = Beat(2 * MS, progress='{"done": 3, "total": 10, "message": "orders"}', cursor='{"orders": "order-17"}')


class Job:
    """One job's calls, and what they consumed of the table and of its index."""

    def __init__(self, client: Any, table: str, stage: str) -> None:
        self._calls = BotoCalls(client)
        keeping = Keeping(345_600, 30)
        self.records = DynamoDbJobRecords(self, table, keeping)
        self.steps = DynamoDbJobSteps(self, table, keeping)
        self.key = Key(new_job_id(), stage)
        self.table = self.index = 0

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        """Implements `Calls`."""
        assert not isinstance(parameters, bytes)
        answer = self._calls.call(operation, {**parameters, "ReturnConsumedCapacity": "INDEXES"}, seconds=seconds)
        consumed = answer["ConsumedCapacity"]
        index = sum(one["CapacityUnits"] for one in consumed.get("GlobalSecondaryIndexes", {}).values())
        self.index += round(index)
        self.table += round(consumed["CapacityUnits"] - index)
        return answer

    def queued(self) -> None:
        digest = job_digest(TYPE, "{}")
        self.records.queued(NewJob(key=self.key, type=TYPE, digest=digest, correlation_id=CORRELATION_ID))

    def attempt(self, status: Status, work: Callable[[str], object] = lambda owner: None) -> None:
        owner = f"8c9f4f1e-2c1d-4a57-8f3c-3c4f5d6e7f80/0123456789abcdef01234567{status.value:.8}"
        self.records.begin(
            Start(key=self.key, type=TYPE, owner=owner, lease_ends=2 * MS, sent_at=MS, correlation_id=CORRELATION_ID)
        )
        work(owner)
        self.records.end(self.key, owner, Ending(status, at=MS))

    def step(self, mark: str = "") -> None:
        step = JobStep(key=self.key, name="create-invoice", attempt=1, at=MS, mark=mark)
        if mark:
            self.steps.begin(step)
        self.steps.end(JobStep(key=self.key, name=step.name, attempt=1, at=MS, mark=mark, result='{"invoice": 17}'))


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with Processes("record-costs-") as processes:
        yield clients_of(start_aws(processes).endpoint())("dynamodb")


def spent(client: Any, *works: Callable[[Job], object], stage: str = TYPE) -> tuple[int, int]:
    """Of the table, of the index."""
    job = Job(client, make_table(BotoCalls(client)), stage)
    for work in works:
        work(job)
    return job.table, job.index


def completed(job: Job) -> None:
    job.attempt(Status.COMPLETED)


def of_a_minute(job: Job) -> None:
    job.attempt(Status.COMPLETED, lambda owner: [job.records.beat(job.key, owner, BEAT) for _ in range(5)])


def retried(job: Job) -> None:
    job.attempt(Status.RETRYING)
    job.attempt(Status.COMPLETED)


def with_a_step(job: Job) -> None:
    job.attempt(Status.COMPLETED, lambda _: job.step())


def with_an_effect(job: Job) -> None:
    job.attempt(Status.COMPLETED, lambda _: job.step("a mark"))


def looked_at(job: Job) -> None:
    job.records.find(job.key.job_id)


def said(what: str) -> tuple[str, str]:
    """Units and dollars of the row that begins so."""
    found = re.search(
        rf"^\| {re.escape(what)}[^|]*\| ([^|]+) \| ([^|]+) \|$", (REPOSITORY / "docs/cost.md").read_text(), re.MULTILINE
    )
    assert found is not None, what
    return found[1].strip("* "), found[2].strip("* ")


def told(price: Decimal, *units: int, more: str = "+") -> tuple[str, str]:
    dollars = [(price * one).quantize(Decimal("0.01"), ROUND_HALF_UP) for one in units]
    return "; ".join(f"{more}{one}" for one in units), "; ".join(f"{more}{one}" for one in dollars)


@pytest.mark.slow
def test_what_the_page_says_of_writes_is_what_the_items_weigh(client: Any) -> None:
    table, index = spent(client, Job.queued, completed)
    assert said("a short background job") == told(WRITE, table, more="")
    assert said("its entry in the index") == told(WRITE, index, more="")
    assert said("**together**") == told(WRITE, table + index, more="")

    def more(work: Callable[[Job], object]) -> int:
        return sum(spent(client, Job.queued, work)) - table - index

    assert said("records of triggers") == told(WRITE, sum(spent(client, completed, stage=MAIN)))
    assert said("a job of a minute") == told(WRITE, more(of_a_minute))
    assert said("a retry") == told(WRITE, more(retried))
    assert said("a [step](steps.md)") == told(WRITE, more(with_a_step), more(with_an_effect))


@pytest.mark.slow
def test_what_the_page_says_of_a_wait_is_what_its_looks_read(client: Any) -> None:
    read = spent(client, Job.queued, looked_at)[0] - spent(client, Job.queued)[0]
    looks = 2 + sum(at < WAITED_SECONDS for at in accumulate(islice(polls(), 100)))
    assert said("`wait` for a job of ten seconds") == told(READ, looks * read)
