"""Events of ends, with real workers: by the rule and the receiver of `docs/howto/react-to-outcomes.md`, over a kill, and without a bus."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator
from moto.server import ThreadedMotoServer

from jobqueue.messages.job_id import new_job_id

from .conftest import DUMMY, ONCE
from .flow import JOBS, Flow, until
from .howto import ROOT

PAGE = (ROOT / "docs/howto/react-to-outcomes.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs/reference/job-event.schema.json").read_text(encoding="utf-8"))
_numbers = count(1)
STAGE = "main-job-processing"


def fence(name: str) -> str:
    """A marked piece of the page."""
    (text,) = re.findall(rf"<!-- {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


class Target:
    """The page's bus, rule and queue, in an AWS of their own."""

    def __init__(self, endpoint: str) -> None:
        self.bus = f"shop-{next(_numbers)}"
        self.settings = {"JOB_EVENTS_BUS": self.bus, "AWS_ENDPOINT_URL_EVENTBRIDGE": endpoint}
        self._sqs: Any = boto3.client("sqs", endpoint_url=endpoint, config=ONCE, **DUMMY)
        events: Any = boto3.client("events", endpoint_url=endpoint, config=ONCE, **DUMMY)
        (pattern,) = re.findall(r"<<-JSON\n(.*?)\n\s*JSON\n", fence("rule"), re.DOTALL)
        self._url = self._sqs.create_queue(QueueName=f"{self.bus}-imports-ended")["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        events.create_event_bus(Name=self.bus)
        events.put_rule(Name="imports-ended", EventBusName=self.bus, EventPattern=pattern)
        target = {"Id": "queue", "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule="imports-ended", EventBusName=self.bus, Targets=[target])

    def await_events(self, count: int) -> list[str]:
        """The messages of the queue, once there are so many."""
        found: list[str] = []

        def there() -> bool:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=600)
            found.extend(message["Body"] for message in answer.get("Messages", ()))
            return len(found) >= count

        until(there, f"{count} events")
        return found


@pytest.fixture
def target() -> Iterator[Target]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Target(f"http://{host}:{port}")
    server.stop()


def receiver() -> tuple[Any, sqlite3.Connection]:
    """The page's function, and a database for it."""
    names: dict[str, Any] = {}
    exec(fence("receive"), names)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY)")
    database.execute("CREATE TABLE orders (number TEXT, state TEXT)")
    database.execute("INSERT INTO orders VALUES ('order-4711', 'asked')")
    return names["receive"], database


def test_the_event_of_the_page_is_as_the_schema_says_and_its_receiver_acts_once() -> None:
    event = fence("event")
    Draft202012Validator(SCHEMA).validate(json.loads(event))
    receive, database = receiver()
    assert [receive(event, database), receive(event, database)] == [True, False]
    assert database.execute("SELECT state FROM orders").fetchall() == [("completed",)]


def test_the_rule_of_the_page_brings_the_end_of_each_background_job(flow: Flow, target: Target) -> None:
    workers = [flow.start(name, **target.settings) for name in ("main_job", "background_job")]
    job_id = new_job_id()
    flow.trigger(jobId=job_id, correlationId="order-4711", data={})
    (event,) = target.await_events(1)
    Draft202012Validator(SCHEMA).validate(json.loads(event))
    assert json.loads(event)["detail"]["id"] == f"{job_id}/{STAGE}/completed"
    receive, database = receiver()
    assert receive(event, database)
    assert database.execute("SELECT state FROM orders").fetchall() == [("completed",)]
    for worker in workers:
        worker.terminate()
        assert worker.end() == 0


def test_an_end_whose_worker_was_killed_before_its_message_was_deleted_is_told_again_with_one_id(
    flow: Flow, target: Target
) -> None:
    settings: Mapping[str, object] = target.settings | {"LEASE_SECONDS": 5}
    job_id = new_job_id()
    flow.job(STAGE, job_id=job_id)
    flow.aws.faults(hang_before={"DeleteMessageBatch": 1, "*": 0})
    killed = flow.start("background_job", **settings)
    (first,) = target.await_events(1)
    killed.send(signal.SIGKILL)
    killed.end()
    flow.aws.faults()
    survivor = flow.start("background_job", **settings)
    (second,) = target.await_events(1)
    ids = {json.loads(event)["detail"]["id"] for event in (first, second)}
    assert ids == {f"{job_id}/{STAGE}/completed"}
    until(lambda: not flow.held(JOBS), "its message is gone")
    survivor.terminate()
    assert survivor.end() == 0


def test_without_a_bus_that_answers_jobs_are_done_and_each_event_that_is_lost_is_a_line(flow: Flow) -> None:
    worker = flow.start("background_job", JOB_EVENTS_BUS="shop", AWS_ENDPOINT_URL_EVENTBRIDGE="http://127.0.0.1:9")
    jobs = {new_job_id() for _ in range(12)}
    for job_id in jobs:
        flow.job(STAGE, job_id=job_id)
    until(lambda: not flow.held(JOBS), "all are done and their messages gone")
    worker.terminate()
    lost = worker.wait_for(lambda line: line.get("event") == "job.event_lost", count=len(jobs))
    assert worker.end() == 0
    assert {line["detail"]["id"] for line in lost} == {f"{job_id}/{STAGE}/completed" for job_id in jobs}
