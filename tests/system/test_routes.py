"""Jobs for several queues: real workers with a table of routes, and starts of those whose table cannot be followed."""

from __future__ import annotations

import json

import pytest

from .flow import JOBS, TRIGGERS, Flow, until

BILLS = "bill-jobs"


@pytest.fixture
def flow_with_bills(flow: Flow) -> Flow:
    flow.make()
    flow.urls[BILLS] = flow.sqs.create_queue(QueueName=BILLS)["QueueUrl"]
    return flow


def types_in(flow: Flow, queue: str) -> list[str]:
    return sorted(json.loads(message["Body"])["jobType"] for message in flow.take_all(queue))


def test_what_follows_a_trigger_and_what_its_handler_sends_go_where_the_table_says(flow_with_bills: Flow) -> None:
    flow = flow_with_bills
    worker = flow.start("routing-main", BILL_JOBS_QUEUE_URL=flow.urls[BILLS])
    for job_type in ("send-bill", "count", "send-bill"):
        flow.trigger(jobType=job_type, data={"number": 1})
    until(lambda: flow.held(TRIGGERS) == 0, "all triggers are settled")
    worker.terminate()
    assert worker.end() == 0
    assert types_in(flow, BILLS) == ["send-bill"] * 2
    assert types_in(flow, JOBS) == ["count", "tell", "tell", "tell"]


def test_a_service_sends_to_its_own_queue_and_to_another(flow_with_bills: Flow) -> None:
    flow = flow_with_bills
    worker = flow.start("routing-background", BILL_JOBS_QUEUE_URL=flow.urls[BILLS])
    flow.job("main-job-processing", number=7)
    worker.wait_for_message("job done", count=2)
    until(lambda: flow.held(JOBS) == 0, "both jobs are settled")
    worker.terminate()
    assert worker.end() == 0
    assert [event["number"] for _, event in flow.log_events() if event.get("from") == "job"] == [7]
    assert types_in(flow, BILLS) == ["send-bill"]


def refused(flow: Flow, name: str, **settings: object) -> str:
    """What a start that must fail says in one line, before the one that says so."""
    worker = flow.start(name, **settings)
    assert worker.end() == 64
    fault, last = (line["raw"] for line in worker.lines)
    assert last.startswith("main-job: not started. ")
    return str(fault)


def test_a_route_to_a_queue_that_the_service_does_not_know_is_told_in_one_line(flow_with_bills: Flow) -> None:
    line = refused(flow_with_bills, "routing-astray", BILL_JOBS_QUEUE_URL=flow_with_bills.urls[BILLS])
    assert (
        "routes: send-bill: to bills, which this service cannot send to (it can to: background-jobs, bill-jobs" in line
    )
    assert 'Give RoutingMainSettings the setting bills_queue_url with role="sends", and name "bills" in ' in line


def test_a_queue_that_the_environment_does_not_name_is_told_with_where_to_name_it(flow_with_bills: Flow) -> None:
    line = refused(flow_with_bills, "routing-main")
    assert 'BILL_JOBS_QUEUE_URL is not set: the queue that bills are sent to. Name "bill-jobs" in ' in line
