"""What is said of an attempt, in the job's own log and on stdout."""

from __future__ import annotations

import logging
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue import Context, JobCatalogue, RejectJob, RetryJob, TriggerCatalogue
from jobqueue.consumer.executor import Executor
from jobqueue.consumer.handler_policies import HandlerPolicies
from jobqueue.consumer.job_events import OURS, StdoutJobLog
from jobqueue.consumer.resources import Resources
from jobqueue.consumer.returns import Returns
from jobqueue.consumer.routes import Routes, Senders
from jobqueue.consumer.slots import Slots
from jobqueue.consumer.verdicts import Verdicts
from jobqueue.messages.delivery import Delivery
from jobqueue.messages.outcome import Outcome
from jobqueue.testing import InMemoryQueue, InMemorySender, RecordingJobLogs, RecordingObserver
from jobqueue.testing.recording import Recording

from .executing import doing, failing
from .workbench import WAIT_SECONDS, Worker, a_delivery, a_job, quick, recorded

ENDINGS = [
    (ValueError("x"), 1, "job.failed", "ERROR"),
    (ValueError("x"), 5, "job.failed", "ERROR"),
    (RejectJob("no_such_user"), 1, "job.failed", "ERROR"),
    (RetryJob("not yet"), 1, "job.retried", "INFO"),
    (RetryJob("not yet"), 5, "job.failed", "ERROR"),
]


@pytest.mark.parametrize(("error", "receive_count", "event", "level"), ENDINGS)
def test_an_attempt_that_did_not_complete_ends_its_log_with_exactly_one_event(
    error: Exception, receive_count: int, event: str, level: str
) -> None:
    executing = doing(failing(error))
    executing.outcome_of(a_delivery(a_job(), receive_count=receive_count))
    endings = [one for one in executing.logs.events.all() if one.fields.get("event") in ("job.failed", "job.retried")]
    assert [(one.fields["event"], one.level) for one in endings] == [(event, level)]
    assert endings[0].fields["errorType"] == type(error).__name__
    assert endings[0].fields["outcome"] in ("retry", "reject")
    assert "in handler" in str(endings[0].fields["stack"])


def test_a_log_begins_with_its_attempt_what_ran_it_and_where() -> None:
    executing = doing(lambda data, context: None)
    executing.outcome_of(a_delivery(a_job(), receive_count=3))
    [began] = recorded(executing.logs, "job.started")
    assert (began["service"], began["version"], began["queueWaitSeconds"]) == ("main-job", "1.2.3", 1.0)
    assert began["task"] == "t-1"
    assert executing.logs.events.all()[0].message == "started, attempt 3"


def without_streams(handler: Any) -> None:
    """Runs one job of a service whose jobs have no stream of their own."""
    outcomes: Recording[tuple[Delivery, Outcome]] = Recording()
    slots = Slots(running=1, held=1)
    slots.reserve(1, wait_seconds=0, linger_seconds=0)
    returns = Returns(InMemorySender(InMemoryQueue()))
    catalogue = JobCatalogue({"work": handler})
    executor = Executor(
        catalogue=catalogue,
        policies=HandlerPolicies(quick(), catalogue.table),
        slots=slots,
        observer=RecordingObserver(),
        job_logs=None,
        senders=Senders({}, Routes()),
        verdicts=Verdicts(quick(), InMemorySender(InMemoryQueue()), returns, service="main-job", version="1.2.3"),
        returns=returns,
        settle=lambda delivery, outcome: outcomes.add((delivery, outcome)),
        service="main-job",
        version="1.2.3",
        task="t-1",
        settings=None,
        resources=Resources(),
    )
    executor.submit(a_delivery(a_job()))
    outcomes.wait_for(lambda seen: len(seen) == 1)


def test_a_job_without_a_stream_tells_its_story_in_lines(caplog: pytest.LogCaptureFixture) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        context.log.info("a step", found=3)
        context.complete(pages=2)

    caplog.set_level(logging.INFO)
    without_streams(handler)
    step, done = [record.__dict__ for record in caplog.records]
    assert (step["message"], step["found"]) == ("a step", 3)
    assert (done["message"], done["completion"], done["outcome"]) == ("job done", {"pages": 2}, "done")


def lines_of_a_trigger(caplog: pytest.LogCaptureFixture, *faults: str) -> list[dict[str, Any]]:
    """What a whole main job says on stdout of one trigger, until it is settled; `faults`: why its next job is refused for good."""
    caplog.set_level(logging.INFO)
    worker = Worker(TriggerCatalogue({}, default=lambda data, context: {"found": 3}))
    for code in faults:
        worker.sender.faults.fail_entries("send", 0, code=code, gone=True)
    with worker:
        worker.queue.put('{"trigger":"test","correlationId":"order-17"}')
        worker.queue.wait_until_empty(WAIT_SECONDS)
        worker.drained()
    return [record.__dict__ for record in caplog.records if record.name == "jobqueue.job"]


def test_a_job_is_said_to_be_done_once_the_queue_took_its_next_job(caplog: pytest.LogCaptureFixture) -> None:
    [line] = lines_of_a_trigger(caplog)
    assert (line["message"], line["outcome"], line["correlationId"]) == ("job done", "done", "order-17")


def test_a_job_whose_next_job_is_refused_for_good_failed_and_was_never_done(caplog: pytest.LogCaptureFixture) -> None:
    [line] = lines_of_a_trigger(caplog, "InvalidMessageContents")
    assert (line["event"], line["outcome"], line["reason"]) == ("job.failed", "reject", "unsendable")
    assert (line["levelname"], line["correlationId"]) == ("ERROR", "order-17")


def test_a_failed_job_without_a_stream_is_one_line_that_alarms_can_count(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    without_streams(failing(ValueError("x")))
    [line] = [record.__dict__ for record in caplog.records]
    assert (line["event"], line["levelname"], line["errorType"]) == ("job.failed", "ERROR", "ValueError")


def test_a_field_may_have_a_name_that_logging_keeps_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    fields = {"name": "x", "message": "y", "args": 1, "levelname": 2, "exc_info": 3, "mine": 4}
    StdoutJobLog(logging.getLogger("jobqueue.job"), {"jobId": "J"}).write("INFO", "a step", fields)
    [record] = caplog.records
    assert record.getMessage() == "a step"
    shown: dict[str, Any] = record.__dict__
    assert (shown["name_"], shown["message_"], shown["mine"], shown["jobId"]) == ("x", "y", 4, "J")


@given(
    st.dictionaries(st.sampled_from([*OURS, "event", "seconds", "mine", "name"]), st.just("x") | st.just("job.failed"))
)
def test_no_field_of_a_handler_stands_for_one_of_ours(fields: dict[str, Any]) -> None:
    logs = RecordingJobLogs()

    def handler(data: dict[str, Any], context: Context) -> None:
        context.log.info("a step", **fields)
        context.complete(**fields)

    doing(handler, job_logs=logs).outcome_of()
    _, step, completed, _ = logs.events.all()
    assert OURS.isdisjoint(step.fields)
    assert step.fields.get("event") in (None, "x")
    assert sorted(step.fields.values()) == sorted(fields.values()), "nothing is lost"
    assert (completed.fields["event"], len(completed.fields)) == ("job.completed", len(fields) + 2)


def test_a_handler_s_threads_write_under_the_job_s_ids(caplog: pytest.LogCaptureFixture) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        thread = Thread(target=context.log.info, args=("from elsewhere",))
        thread.start()
        thread.join()

    caplog.set_level(logging.INFO)
    without_streams(handler)
    line: dict[str, Any] = caplog.records[0].__dict__
    assert (line["message"], line["correlationId"], len(line["jobId"])) == ("from elsewhere", "m-1", 26)


def test_data_of_a_message_is_on_no_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "4111-1111"
    for body in (a_job(data={"card": secret}), a_job("unknown", data={"card": secret}), f'{{"card": "{secret}"'):
        executing = doing(lambda data, context: None)
        executing.outcome_of(a_delivery(body))
    lines = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert len(lines) == 3
    assert not any(secret in line for line in lines)
