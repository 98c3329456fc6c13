"""What the code that sends jobs is told, with and without a table of their records."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import orjson
import pytest
from botocore.stub import Stubber

from jobqueue.client import (
    AsyncJobClient,
    InvalidRequestError,
    JobClient,
    JobClientError,
    JobOverError,
    NewJob,
    NoRecordsError,
    NotEndedError,
    NotFoundError,
    NotSubmittedError,
    Status,
    Submitted,
)
from jobqueue.consumer.job_records import MAIN, Ending, JobRecord, Key, Start
from jobqueue.messages.job_id import job_log_stream, new_job_id

from .conftest import KEYS, Stack


@pytest.fixture
def client(stack: Stack) -> JobClient:
    return JobClient(clients=stack.clients, environ=stack.environ)


@pytest.fixture
def bare(stack: Stack) -> JobClient:
    """Without a table."""
    return JobClient(queue_url=stack.queue_url, clients=stack.clients, environ={})


def begin(stack: Stack, job: Submitted, stage: str | None = None) -> str:
    """A worker's attempt; gives its owner."""
    stage = stage or job.job_type or ""
    ends = time.time_ns() // 1_000_000 + 60_000
    start = Start(
        key=Key(job.job_id, stage),
        type=stage,
        owner=f"o/{stage}",
        lease_ends=ends,
        sent_at=0,
        correlation_id=job.correlation_id,
    )
    assert isinstance(stack.records.begin(start), JobRecord)
    return start.owner


def run(stack: Stack, job: Submitted, status: Status = Status.COMPLETED, stage: str | None = None) -> None:
    owner = begin(stack, job, stage)
    ending = Ending(status, time.time_ns() // 1_000_000)
    assert isinstance(stack.records.end(Key(job.job_id, stage or job.job_type or ""), owner, ending), JobRecord)


def test_a_job_is_a_trigger_that_asks_for_its_type(stack: Stack, client: JobClient) -> None:
    job = client.submit("report", {"trigger": "is data here"}, correlation_id="order-17")
    (body,) = stack.bodies()
    assert (body["jobType"], body["data"], body["correlationId"]) == (
        "report",
        {"trigger": "is data here"},
        "order-17",
    )
    assert job.created
    assert (client.get(job.job_id).status, client.get(job.job_id).correlation_id) == (Status.QUEUED, "order-17")


def test_a_trigger_has_its_own_name_and_the_type_that_the_main_job_gives_it(stack: Stack, client: JobClient) -> None:
    job = client.submit(trigger="order-placed", data={"order": 17})
    (body,) = stack.bodies()
    assert (body["trigger"], "jobType" in body, job.job_type) == ("order-placed", False, "main-job-processing")


def test_the_same_id_is_the_same_job(stack: Stack, client: JobClient) -> None:
    job_id = new_job_id()
    first, again = (client.submit("report", {"n": 1}, job_id=job_id) for _ in range(2))
    assert (first.created, again.created) == (True, False)
    assert len(stack.bodies()) == 2, "it has not begun: whether the first message left is not known"
    run(stack, first)
    assert not client.submit("report", {"n": 1}, job_id=job_id).created
    assert stack.bodies() == []


def test_the_id_of_another_job_is_refused(stack: Stack, client: JobClient) -> None:
    job = client.submit("report", {"n": 1})
    stack.bodies()
    with pytest.raises(InvalidRequestError, match="Another job has the id"):
        client.submit("report", {"n": 2}, job_id=job.job_id)
    assert stack.bodies() == []


def test_many_jobs_go_by_tens_in_order(stack: Stack, client: JobClient) -> None:
    jobs = client.submit_many([NewJob(type="report", data={"n": number}) for number in range(23)])
    assert sorted(one["data"]["n"] for one in stack.bodies()) == [*range(23)]
    assert [client.get(one.job_id).key.job_id for one in jobs] == [one.job_id for one in jobs]


class HalfDeaf:
    """SQS that refuses every message whose data is odd."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqs, name)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        taken = [one for one in Entries if orjson.loads(one["MessageBody"])["data"]["n"] % 2 == 0]
        answer = self._sqs.send_message_batch(QueueUrl=QueueUrl, Entries=taken)
        lost = [one["Id"] for one in Entries if one not in taken]
        refused = [{"Id": one, "Code": "InternalError", "Message": "no", "SenderFault": False} for one in lost]
        return {**answer, "Failed": refused}


def test_what_was_not_sent_is_told_with_what_was(stack: Stack) -> None:
    sqs = HalfDeaf(stack.clients("sqs"))
    client = JobClient(
        clients=lambda name: sqs if name == "sqs" else stack.clients(name),
        environ=stack.environ,
    )
    ids = [new_job_id() for _ in range(12)]
    with pytest.raises(NotSubmittedError) as raised:
        client.submit_many([NewJob(type="report", data={"n": n}, job_id=one) for n, one in enumerate(ids)])
    assert [one.job_id for one in raised.value.submitted] == ids[::2]
    assert raised.value.failed == ids[1::2]


class Away:
    """SQS that answers questions, and no send."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqs, name)

    def send_message_batch(self, **_: Any) -> dict[str, Any]:
        from botocore.exceptions import ReadTimeoutError

        raise ReadTimeoutError(endpoint_url="http://sqs")


def test_where_sqs_does_not_answer_the_ids_are_told(stack: Stack) -> None:
    client = JobClient(queue_url=stack.queue_url, clients=lambda name: Away(stack.clients(name)), environ={})
    jobs = [NewJob(type="report", job_id=new_job_id()) for _ in range(11)]
    with pytest.raises(NotSubmittedError, match="may not have been sent") as raised:
        client.submit_many(jobs)
    assert raised.value.failed == [one.job_id for one in jobs]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"type": "re\x00port"}, "No service can read"),
        ({"type": "report", "data": {"n": float("nan")}}, "cannot be written as JSON"),
        ({"type": "report", "data": {"n": "x" * 1_100_000}}, "too_large"),
        ({"type": "report", "job_id": "17"}, "not a ULID"),
        ({"type": "report", "delay_seconds": 901}, "at most 900"),
    ],
)
def test_what_no_service_would_read_is_refused_and_not_sent(
    stack: Stack, client: JobClient, arguments: Mapping[str, Any], why: str
) -> None:
    with pytest.raises(InvalidRequestError, match=why):
        client.submit(**arguments)
    assert stack.bodies() == []


def test_a_job_is_waited_for_until_its_background_job_is_over(stack: Stack, client: JobClient) -> None:
    job = client.submit("report")
    run(stack, job, stage=MAIN)
    with pytest.raises(NotEndedError):
        client.wait(job.job_id, timeout=0)
    run(stack, job, Status.DEAD)
    assert (client.wait(job.job_id).status, client.wait(job.job_id).key.stage) == (Status.DEAD, "report")
    with pytest.raises(NotEndedError):
        client.wait(new_job_id(), timeout=0)


def test_a_job_that_waits_is_cancelled_and_never_begins(stack: Stack, client: JobClient) -> None:
    job = client.submit("report")
    cancelled = client.cancel(job.job_id, "not needed")
    assert (cancelled.status, cancelled.reason) == (Status.CANCELLED, "not needed")
    with pytest.raises(AssertionError):
        begin(stack, job)
    with pytest.raises(JobOverError, match="cancelled"):
        client.cancel(job.job_id)


def test_a_job_that_runs_is_asked_to_end(stack: Stack, client: JobClient) -> None:
    job = client.submit("report")
    begin(stack, job)
    asked = client.cancel(job.job_id, "not needed")
    assert (asked.status, asked.cancel) == (Status.RUNNING, "not needed")


def test_what_is_unknown_is_told(client: JobClient) -> None:
    for ask in (client.get, client.cancel):
        with pytest.raises(NotFoundError, match="No job"):
            ask(new_job_id())
        with pytest.raises(InvalidRequestError, match="not a job id"):
            ask("17")


def test_without_a_table_jobs_are_sent_and_what_needs_one_says_so(stack: Stack, bare: JobClient) -> None:
    job = bare.submit("report")
    assert job.created
    assert len(stack.bodies()) == 1
    for ask in (bare.get, bare.wait, bare.cancel, lambda _: bare.list()):
        with pytest.raises(NoRecordsError, match=r"job_records = true"):
            ask(job.job_id)


def test_jobs_are_listed_newest_first_and_as_asked(stack: Stack, client: JobClient) -> None:
    first = client.submit("report", correlation_id="order-1")
    time.sleep(0.002)  # ids of one millisecond are in no order
    second = client.submit("import", correlation_id="order-1")
    run(stack, first, Status.DEAD)
    begin(stack, second)

    def ids(**asked: Any) -> list[str]:
        return [one.key.job_id for one in client.list(**asked)]

    assert ids() == [second.job_id, first.job_id]
    assert ids(since=timedelta(hours=1), correlation_id="order-1") == [second.job_id, first.job_id]
    assert ids(status=Status.DEAD) == ids(type="report") == [first.job_id]
    assert ids(status=Status.RUNNING) == ids(type="import") == [second.job_id]
    assert ids(status=Status.QUEUED) == ids(since=datetime.now(UTC) + timedelta(seconds=5)) == []
    (dead,) = client.list(status=Status.DEAD)
    assert (dead.type, dead.attempt, dead.correlation_id) == ("report", 1, "order-1")
    (whole, same) = client.current([*client.list(status=Status.RUNNING), dead])
    assert (whole, same) == (client.get(second.job_id), dead)
    assert whole.lease_ends > 0


def test_a_job_s_log_is_its_events(stack: Stack, client: JobClient) -> None:
    job_id = new_job_id()
    assert client.events(job_id) == []
    logs, stream = stack.clients("logs"), job_log_stream(job_id)
    logs.create_log_stream(logGroupName=stack.log_group, logStreamName=stream)
    line = {
        "timestamp": time.time_ns() // 1_000_000,
        "message": orjson.dumps({"jobId": job_id, "message": "hi"}).decode(),
    }
    logs.put_log_events(logGroupName=stack.log_group, logStreamName=stream, logEvents=[line])
    assert [event.message for event in client.events(job_id)] == ["hi"]


def test_a_project_and_an_environment_are_enough(stack: Stack) -> None:
    for client in (
        JobClient(stack.project, "dev", clients=stack.clients, environ={}),
        JobClient(clients=stack.clients, environ={"JOBS_PROJECT": stack.project, "JOBS_ENVIRONMENT": "dev"}),
    ):
        job = client.submit("report")
        assert client.get(job.job_id).status is Status.QUEUED
        assert client.events(job.job_id) == []
    with pytest.raises(NotFoundError, match="there is no SSM parameter /none/dev/stack"):
        JobClient("none", "dev", clients=stack.clients, environ={}).submit("report")


def test_nothing_that_says_where_jobs_are_is_an_error_with_the_names_to_set(stack: Stack) -> None:
    with pytest.raises(InvalidRequestError, match=r"JOBS_PROJECT.*JOB_QUEUE_URL"):
        JobClient(clients=stack.clients, environ={}).submit("report")


def test_a_table_that_is_not_there_is_told_and_nothing_is_sent(stack: Stack) -> None:
    client = JobClient(clients=stack.clients, environ={**stack.environ, "JOB_TABLE": "none"})
    with pytest.raises(JobClientError, match="table none failed: ResourceNotFoundException"):
        client.submit("report")
    assert stack.bodies() == []


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        ("sqs", "get_queue_attributes", lambda client: client.submit("report")),
        ("dynamodb", "query", lambda client: client.get(new_job_id())),
        ("logs", "get_log_events", lambda client: client.events(new_job_id())),
        ("ssm", "get_parameter", lambda client: client.submit("report")),
    ],
)
def test_a_right_that_is_missing_is_told_with_the_policies_to_attach(
    stack: Stack, service: str, operation: str, asked: Callable[[JobClient], object]
) -> None:
    denied = boto3.client(service, endpoint_url="http://127.0.0.1:9", **KEYS)  # type: ignore[call-overload]
    clients = {one: denied if one == service else stack.clients(one) for one in ("sqs", "dynamodb", "logs", "ssm")}
    client = JobClient(stack.project, "dev", clients=clients.__getitem__, environ={})
    with Stubber(denied) as stubber:
        stubber.add_client_error(operation, "AccessDeniedException", "no", http_status_code=400)
        with pytest.raises(JobClientError, match="client-submit, client-read or client-logs"):
            asked(client)
    denied.close()


def test_the_asynchronous_client_does_the_same(stack: Stack) -> None:
    async def use() -> None:
        async with AsyncJobClient(clients=stack.clients, environ=stack.environ) as client:
            job, *more = await asyncio.gather(*(client.submit("report", {"n": n}) for n in range(5)))
            assert len({job.job_id, *(one.job_id for one in more)}) == 5
            waiting = asyncio.create_task(client.wait(job.job_id))
            assert (await client.get(job.job_id)).status is Status.QUEUED
            assert [one.key for one in await client.stages(job.job_id)] == [Key(job.job_id, "report")]
            await client.cancel(job.job_id)
            assert (await waiting).status is Status.CANCELLED
            assert await client.events(job.job_id) == []
            assert len([one async for one in client.list(type="report")]) == 5
            assert len(await client.submit_many([NewJob(type="report")])) == 1

    asyncio.run(use())
