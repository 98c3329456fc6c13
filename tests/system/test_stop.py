"""Stops of a worker: they end in time, and leave nothing hidden that nobody works on."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from signal import SIGHUP, SIGINT, SIGTERM, Signals
from typing import TYPE_CHECKING

import pytest

from jobqueue.messages.dead_letter import REASON, RECEIVE_COUNT
from jobqueue.messages.history import HISTORY
from jobqueue.signals import SAME_STOP_SECONDS

from .flow import JOBS, TRIGGERS, TRIGGERS_DLQ, Flow, until

if TYPE_CHECKING:
    from .worker import Worker

CLOSED_PORT = "http://127.0.0.1:1"
BUDGET_SECONDS = 21.0
"""The sum of the stop budgets in `flow.QUICK`: 10 + 5 + 5 + 1."""
SLACK_SECONDS = 5.0
"""The interpreter's own end, on a busy machine."""


def stop(worker: Worker, *, within: float = BUDGET_SECONDS) -> int:
    began = time.monotonic()
    worker.terminate()
    code = worker.end()
    seconds = time.monotonic() - began
    assert seconds < within + SLACK_SECONDS, f"took {seconds:.1f} s. {worker.last_lines()}"
    return code


def consuming(worker: Worker) -> Worker:
    worker.wait_for_message("consuming")
    return worker


@pytest.fixture
def silent_collector() -> Iterator[str]:
    """The address of a collector that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_slow_handlers_finish_and_are_settled_and_what_never_started_is_there_for_others(flow: Flow) -> None:
    worker = flow.start("stubborn-main", MAX_CONCURRENCY=4)
    for number in range(10):
        flow.trigger(data={"number": number, "seconds": 3})
    worker.wait_for_message("begun", count=4)
    assert stop(worker) == 0
    assert flow.counts(TRIGGERS) == {"visible": 6, "in_flight": 0, "delayed": 0}
    assert flow.counts(JOBS)["visible"] == 4


def test_a_job_that_sees_the_stop_is_handed_on_at_once_and_its_log_says_so(flow: Flow) -> None:
    worker = flow.start("background_job", JOB_LOG_LINGER_SECONDS=0.2)
    flow.job("simulate", seconds=60, steps=600)
    until(
        lambda: any(event.get("event") == "job.progress" for _, event in flow.log_events()), "the job reports progress"
    )
    assert stop(worker) == 0
    assert flow.counts(JOBS) == {"visible": 1, "in_flight": 0, "delayed": 0}
    assert [event["event"] for _, event in flow.log_events() if event.get("event") != "job.progress"] == [
        "job.started",
        "job.retried",
    ]


def test_a_handler_that_outlasts_the_grace_period_is_left_and_the_worker_ends_in_time(flow: Flow) -> None:
    worker = flow.start("stubborn-main", GRACE_SECONDS=2, LEASE_SECONDS=5)
    flow.trigger(data={"number": 1, "seconds": 600})
    worker.wait_for_message("begun")
    assert stop(worker, within=BUDGET_SECONDS - 8) == 0
    (left,) = [line for line in worker.lines if line["message"].startswith("left running")]
    assert (left["jobType"], len(left["jobId"])) == ("test", 26)
    until(lambda: flow.counts(TRIGGERS)["visible"] == 1, "the lease lapsed")


def test_a_second_signal_stops_now(flow: Flow) -> None:
    worker = flow.start("stubborn-main")
    flow.trigger(data={"number": 1, "seconds": 600})
    worker.wait_for_message("begun")
    worker.terminate()
    worker.wait_for_message("draining")
    told = time.monotonic()
    until(lambda: time.monotonic() > told + SAME_STOP_SECONDS, "a signal is another stop")
    assert stop(worker, within=2) == 1


@pytest.mark.parametrize("numbers", [[SIGTERM, SIGTERM, SIGINT], [SIGHUP, SIGTERM]], ids=str)
def test_signals_of_one_stop_drain_and_leave_nothing(flow: Flow, numbers: list[Signals]) -> None:
    worker = flow.start("stubborn-main")
    flow.trigger(data={"number": 1, "seconds": 3})
    worker.wait_for_message("begun")
    for count, number in enumerate(numbers):
        worker.send(number)
        if count == 0:  # signals that are pending together are one already
            worker.wait_for_message("draining")
    assert worker.end() == 0
    assert flow.held(TRIGGERS) == 0
    assert flow.counts(JOBS)["visible"] == 1


def test_messages_that_a_poll_in_flight_still_brings_are_released_at_once(flow: Flow) -> None:
    worker = consuming(flow.start("stubborn-main", POLL_WAIT_SECONDS=9, LEASE_SECONDS=600, SETTLE_LINGER_SECONDS=0.5))
    until(lambda: flow.calls("ReceiveMessage").get("open") == 1, "a long poll waits")
    worker.terminate()
    worker.wait_for_message("draining")
    flow.trigger(data={"number": 1})
    assert worker.end() == 0
    assert flow.counts(TRIGGERS) == {"visible": 1, "in_flight": 0, "delayed": 0}
    (message,) = flow.take_all(TRIGGERS)
    assert message["Attributes"]["ApproximateReceiveCount"] == "1", "a copy: that the poll brought it counts nothing"
    assert HISTORY in message["MessageAttributes"]
    assert not any(line["message"] == "begun" for line in worker.lines)


def test_a_stop_while_cloudwatch_hangs_ends_in_time_and_the_job_log_is_on_stdout(flow: Flow) -> None:
    flow.aws.faults(latency_ms={"PutLogEvents": 600_000, "CreateLogStream": 600_000})
    worker = flow.start("background_job")
    message_id = flow.job("main-job-processing")
    worker.wait_for_message("job done")
    assert stop(worker) == 0
    undelivered = [line for line in worker.lines if line.get("job_log_undelivered")]
    assert [line.get("event") for line in undelivered] == ["job.started", None, "job.completed"]
    assert {line["correlationId"] for line in undelivered} == {message_id}
    assert flow.held(JOBS) == 0, "its log is told, so it is deleted"


@pytest.mark.parametrize("collector", ["dead", "silent"])
def test_a_collector_that_is_gone_or_silent_holds_no_stop(flow: Flow, collector: str, silent_collector: str) -> None:
    endpoint = CLOSED_PORT if collector == "dead" else silent_collector
    worker = flow.start("main_job", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_METRIC_EXPORT_INTERVAL=500)
    for _ in range(20):
        flow.trigger()
    worker.wait_for_message("job done", count=20)
    assert stop(worker, within=BUDGET_SECONDS - 10) == 0
    assert flow.held(TRIGGERS) == 0
    assert flow.counts(JOBS)["visible"] == 20


def test_eight_stops_cost_a_job_that_obeys_them_no_attempt_and_it_dies_of_its_own_reason(flow: Flow) -> None:
    """Each worker is stopped as soon as the job has begun; only then it is let run, and fails."""
    stops = 8
    message_id = flow.trigger(data={"number": 1, "seconds": 1.5})
    for _ in range(stops):
        worker = flow.start("polite-main")
        assert [line["run"] for line in worker.wait_for_message("begun")] == [1]
        assert stop(worker) == 0
        assert flow.counts(TRIGGERS) == {"visible": 1, "in_flight": 0, "delayed": 0}, (
            "its own poll did not take it back"
        )
    worker = flow.start("polite-main")
    until(lambda: flow.held(TRIGGERS) == 0, "it is dead")
    assert stop(worker) == 0
    assert [line["run"] for line in worker.wait_for_message("begun", count=5)] == [1, 2, 3, 4, 5]
    (letter,) = flow.take_all(TRIGGERS_DLQ)
    said = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert (said[REASON], said[RECEIVE_COUNT]) == ("attempts_exhausted", str(stops + 5))
    assert said["correlationId"] == message_id, "the copies are the message that its producer sent"
    assert len({line["jobId"] for line in worker.lines if "jobId" in line} | {said["jobId"]}) == 1
    assert HISTORY not in said
