"""How a delivery becomes an outcome, for each way in which a job ends."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from threading import Barrier, Event
from typing import Any, NoReturn

import pytest

from jobqueue import Context, RejectJob, RetryJob, TriggerCatalogue
from jobqueue.consumer.current import current_job
from jobqueue.consumer.ports import Failure, JobLog
from jobqueue.consumer.settle_calls import Step
from jobqueue.messages.dead_letter import ERROR, ERROR_TYPE, REASON
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.job import Job
from jobqueue.messages.outcome import Done, Reject, Release, Retry
from jobqueue.testing import RecordingJobLogs

from .executing import SLOTS, Executing, doing, failing, fine, letter_of, value
from .workbench import WAIT_SECONDS, a_delivery, a_job, a_job_id, recorded

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_handler_that_returns_is_done() -> None:
    assert doing(fine).outcome_of() == Done()


def test_what_a_main_job_returns_travels_with_the_next_job_under_the_same_ids_and_trace() -> None:
    body = {"trigger": "test", "correlationId": "order-17", "jobId": a_job_id(), "extra": [1]}
    executing = Executing(TriggerCatalogue({}, default=lambda data, context: {"found": 3}))
    outcome = executing.outcome_of(a_delivery(json.dumps(body), attributes={"traceparent": Attribute(TRACEPARENT)}))
    assert isinstance(outcome, Done)
    assert outcome.then is not None
    sent = json.loads(outcome.then.body)
    assert sent["data"] == {"originalTrigger": body, "mainJobResult": {"found": 3}}
    assert (sent["jobId"], sent["correlationId"]) == (body["jobId"], "order-17")
    assert TRACEPARENT[3:35] in value(outcome.then.attributes, "traceparent")


def test_a_trigger_that_asks_for_no_background_job_ends_with_its_handler() -> None:
    executing = Executing(TriggerCatalogue({}, default=lambda data, context: {"found": 3}), sends=False)
    assert executing.outcome_of(a_delivery('{"trigger":"test","triggerBackgroundJob":false}')) == Done()


CIRCLE: dict[str, Any] = {}
CIRCLE["self"] = CIRCLE


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"a": [{"b": {1, 2}}]}, "$.a[0].b is a set"),
        (["a list"], "must return a JSON object or None, not list"),
        ("text", "not str"),
        (False, "not bool"),
        ({"a": float("nan")}, "$.a is nan"),
        ({"a": None, "b": [float("-inf")]}, "$.b[0] is -inf"),
        ({1: 2}, "$ has the name 1, which is an int"),
        ({"a": "\ud800"}, "$.a holds half a surrogate pair"),
        (CIRCLE, "holds itself"),
        ((one for one in ()), "the handler returned generator"),
        (lambda: None, "the handler returned function"),
        (Future(), "the handler returned Future"),
    ],
)
def test_a_result_that_cannot_be_handed_on_is_a_reject_and_its_effects_are_not_repeated(
    result: object, said: str
) -> None:
    executing = Executing(TriggerCatalogue({}, default=lambda data, context: result))
    letter = letter_of(executing.outcome_of(a_delivery()))
    assert value(letter, REASON) == "bad_result"
    assert said in value(letter, ERROR)


def test_a_result_of_large_integers_is_handed_on_with_every_digit() -> None:
    outcome = Executing(TriggerCatalogue({}, default=lambda data, context: {"a": 2**70})).outcome_of(a_delivery())
    assert isinstance(outcome, Done)
    assert outcome.then is not None
    assert str(2**70) in outcome.then.body


class Later:
    """An object that can be awaited, and is no coroutine."""

    def __await__(self) -> Generator[Any, None, dict[str, int]]:
        yield from asyncio.sleep(0).__await__()
        return {"found": 3}


def test_what_can_be_awaited_is_awaited() -> None:
    outcome = Executing(TriggerCatalogue({}, default=lambda data, context: Later())).outcome_of(a_delivery())
    assert isinstance(outcome, Done)
    assert outcome.then is not None
    assert '"found":3' in outcome.then.body


def test_a_background_handler_that_returns_work_it_has_not_done_is_a_reject() -> None:
    @functools.wraps(fine)
    def lazy(data: dict[str, Any], context: Context) -> Iterator[int]:
        yield 1

    hidden = lambda data, context: lazy(data, context)  # noqa: E731 (what a decorator without `wraps` leaves)
    assert value(letter_of(doing(hidden).outcome_of()), REASON) == "bad_result"
    assert doing(lambda data, context: 17).outcome_of() == Done(), "any other result is not used"


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ([ValueError("x"), RejectJob("no_such_user")], "no_such_user"),
        ([RetryJob(after_seconds=5), ExceptionGroup("inner", [RejectJob("first"), RejectJob("second")])], "first"),
    ],
)
def test_a_reject_anywhere_in_a_group_is_one(errors: list[Exception], reason: str) -> None:
    letter = letter_of(doing(failing(ExceptionGroup("several", errors))).outcome_of())
    assert value(letter, REASON) == reason
    assert value(letter, ERROR_TYPE) == "RejectJob"


def test_of_the_retries_in_a_group_the_longest_wait_counts() -> None:
    errors = [RetryJob(), KeyError("x"), RetryJob(after_seconds=70), RetryJob(after_seconds=7)]
    executing = doing(failing(ExceptionGroup("several", errors)))
    assert executing.outcome_of() == Retry(70)
    assert [event.fields["event"] for event in executing.logs.events.all() if "event" in event.fields][
        -1
    ] == "job.retried"


def test_a_group_without_either_is_a_failure_like_any_other() -> None:
    assert isinstance(doing(failing(ExceptionGroup("several", [KeyError("x")]))).outcome_of(), Retry)


def test_a_reject_inside_a_task_group_is_one() -> None:
    async def handler(data: dict[str, Any], context: Context) -> None:
        async def refuse() -> None:
            raise RejectJob("no_such_user")

        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(WAIT_SECONDS))
            group.create_task(refuse())

    assert value(letter_of(doing(handler).outcome_of()), REASON) == "no_such_user"


def test_a_next_job_that_no_queue_could_ever_take_is_rejected_as_too_large() -> None:
    executing = Executing(TriggerCatalogue({}, default=lambda data, context: {"much": "x" * 3_000}), max_bytes=2_000)
    assert value(letter_of(executing.outcome_of(a_delivery())), REASON) == "too_large"


def test_an_error_is_tried_again_with_backoff() -> None:
    outcome = doing(failing(ValueError("x"))).outcome_of()
    assert isinstance(outcome, Retry)
    assert 1 <= outcome.after_seconds <= 2


def test_a_handler_s_own_delay_is_kept() -> None:
    assert doing(failing(RetryJob(after_seconds=90))).outcome_of() == Retry(90)


def test_a_handler_s_reject_goes_to_the_dead_letters_at_the_first_receive() -> None:
    letter = letter_of(doing(failing(RejectJob("no_such_user", "17"))).outcome_of())
    assert (value(letter, REASON), value(letter, ERROR)) == ("no_such_user", "no_such_user: 17")


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_handler_that_wants_to_end_the_process_fails_its_job_and_nothing_else(error: BaseException) -> None:
    executing = doing(failing(error), concurrency=1)
    assert isinstance(executing.outcome_of(), Retry)
    assert isinstance(executing.outcome_of(), Retry), "its worker's thread lives on"


def test_sys_exit_in_a_handler_fails_its_job() -> None:
    def handler(data: dict[str, Any], context: Context) -> NoReturn:
        sys.exit("enough")

    executing = doing(handler)
    assert isinstance(executing.outcome_of(), Retry)
    [event] = recorded(executing.logs, "job.failed")
    assert (event["errorType"], event["error"]) == ("SystemExit", "enough")


def test_an_error_that_cannot_say_what_it_is_fails_its_job_like_any_other() -> None:
    class Mute(Exception):  # noqa: N818
        def __str__(self) -> str:
            raise RuntimeError

    executing = doing(failing(Mute()))
    assert isinstance(executing.outcome_of(), Retry)
    assert isinstance(executing.outcome_of(a_delivery(a_job(), receive_count=5)), Reject)
    assert len(recorded(executing.logs, "job.failed")) == 2


def test_the_last_allowed_attempt_that_fails_is_dead_lettered_with_its_error() -> None:
    outcome = doing(failing(ValueError("the disk is full"))).outcome_of(a_delivery(a_job(), receive_count=5))
    letter = letter_of(outcome)
    assert (value(letter, REASON), value(letter, ERROR)) == ("attempts_exhausted", "the disk is full")


def test_a_message_received_more_often_than_attempts_are_allowed_still_gets_its_run() -> None:
    assert doing(fine).outcome_of(a_delivery(a_job(), receive_count=9)) == Done()


def test_what_cannot_be_decoded_reaches_no_handler() -> None:
    executing = doing(fine)
    assert value(letter_of(executing.outcome_of(a_delivery("{"))), REASON) == "malformed_json"
    assert executing.observer.named("attempt") == []
    [fact] = executing.observer.named("undecodable")
    assert isinstance(fact.outcome, Reject)


@pytest.mark.parametrize("body", [a_job("of a newer worker"), a_job("work", version=3)])
def test_a_type_or_version_of_a_newer_worker_waits_for_it(body: str) -> None:
    outcome = doing(fine).outcome_of(a_delivery(body))
    assert isinstance(outcome, Retry)
    assert 15 <= outcome.after_seconds <= 31


@pytest.mark.parametrize("body", [a_job("of a newer worker"), a_job("work", version=3)])
def test_what_nobody_ever_knew_is_dead_lettered_before_sqs_does_it_without_a_reason(body: str) -> None:
    outcome = doing(fine).outcome_of(a_delivery(body, receive_count=9))
    assert value(letter_of(outcome), REASON) == "unsupported"


def test_a_job_without_a_queue_for_its_next_job_fails() -> None:
    executing = Executing(TriggerCatalogue({}, default=lambda data, context: None), sends=False)
    assert isinstance(executing.outcome_of(a_delivery()), Retry)


def test_what_a_queue_refuses_for_good_becomes_a_reject_and_a_refused_letter_is_left_to_sqs() -> None:
    executing = doing(fine)
    delivery = a_delivery(a_job())
    failure = Failure(0, "InvalidMessageContents", "a bell", gone=True)
    outcome = executing.verdicts.on_refusal(delivery, Done(), Step.SEND, failure)
    assert value(letter_of(outcome), REASON) == "unsendable"
    assert "a bell" in value(letter_of(outcome), ERROR)
    assert executing.verdicts.on_refusal(delivery, Done(), Step.DEAD_LETTER, failure) == Retry(900)


def test_the_ids_of_the_job_are_on_every_line_of_its_handler_and_on_none_after_it() -> None:
    seen = []

    def handler(data: dict[str, Any], context: Context) -> None:
        ids = current_job.get()
        assert ids is not None
        seen.append((ids.job_id == context.job_id, ids.correlation_id, ids.trace_id))

    class NoLog(RecordingJobLogs):
        after: object = "never asked"

        def _finished(self, *arguments: Any) -> None:
            self.after = current_job.get()
            super()._finished(*arguments)

    logs = NoLog()
    executing = doing(handler, job_logs=logs)
    executing.outcome_of(
        a_delivery(a_job(correlationId="order-17"), attributes={"traceparent": Attribute(TRACEPARENT)})
    )
    assert seen == [(True, "order-17", TRACEPARENT[3:35])]
    assert logs.after is None


def test_the_outcome_waits_until_the_job_s_log_is_confirmed_but_its_slot_does_not() -> None:
    executing = doing(fine)
    executing.logs.hold()
    executing.submit(a_delivery(a_job()))
    executing.logs.events.wait_for(lambda events: events[-1].level == "finish" if events else False)
    assert executing.slots.reserve(20, wait_seconds=WAIT_SECONDS, linger_seconds=0.2) == 19, "held until it is settled"
    executing.slots.give_back(19)
    assert executing.slots.running == 0
    assert executing.outcomes.all() == []
    assert executing.logs.confirm() == 1
    assert [outcome for _, outcome in executing.outcomes.all()] == [Done()]


@pytest.mark.parametrize("told_before", [True, False])
def test_a_defect_of_the_job_log_at_its_end_costs_neither_slot_nor_delivery(told_before: bool) -> None:
    class Defective(RecordingJobLogs):
        def _finished(self, job_id: str, attempt: int, then: Any) -> None:
            if told_before:
                then()
            raise ZeroDivisionError

    executing = doing(fine, job_logs=Defective())
    executing.submit(a_delivery(a_job()))
    expected = [Done(), Retry(2)] if told_before else [Retry(2)]
    entries = executing.outcomes.wait_for(lambda seen: len(seen) == len(expected))
    assert [outcome for _, outcome in entries] == expected  # the settler takes the first
    assert executing.slots.reserve(SLOTS, wait_seconds=WAIT_SECONDS, linger_seconds=WAIT_SECONDS) == SLOTS
    executing.slots.give_back(SLOTS)
    assert executing.slots.running == 0


def test_a_defect_before_the_handler_is_logged_and_the_delivery_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    class Defective(RecordingJobLogs):
        def open(self, job: Job, attempt: int) -> JobLog:  # type: ignore[override]
            raise ZeroDivisionError

    executing = doing(fine, job_logs=Defective(), concurrency=1)
    assert executing.outcome_of() == Retry(2)
    assert executing.outcome_of() == Retry(2)
    assert "a defect in the runtime" in caplog.text


def test_what_has_not_started_at_a_drain_is_released_and_what_runs_may_see_it() -> None:
    begun, go_on, seen = Event(), Event(), []

    def handler(data: dict[str, Any], context: Context) -> None:
        begun.set()
        assert go_on.wait(WAIT_SECONDS)
        seen.append((context.stopping, context.should_stop))

    executing = doing(handler, concurrency=1)
    running, waiting, late = (a_delivery(a_job()) for _ in range(3))
    executing.submit(running)
    assert begun.wait(WAIT_SECONDS)
    executing.submit(waiting)
    executing.executor.drain()
    assert executing.outcomes.all() == [(waiting, Release())]
    executing.submit(late)
    go_on.set()
    executing.outcomes.wait_for(lambda entries: len(entries) == 3)
    executing.await_free_slots()
    assert dict(executing.outcomes.all()) == {running: Done(), waiting: Release(), late: Release()}
    assert seen == [(True, True)]


def test_a_lost_lease_is_told_to_the_handler_that_runs() -> None:
    begun, lost, seen = Event(), Event(), []

    def handler(data: dict[str, Any], context: Context) -> None:
        begun.set()
        assert lost.wait(WAIT_SECONDS)
        seen.append((context.lease_lost, context.should_stop))

    executing = doing(handler)
    delivery = a_delivery(a_job())
    executing.submit(delivery)
    assert begun.wait(WAIT_SECONDS)
    executing.executor.lease_lost(delivery)
    executing.executor.lease_lost(a_delivery(a_job()))
    lost.set()
    executing.outcomes.wait_for(lambda entries: len(entries) == 1)
    assert seen == [(True, True)]


def test_as_many_handlers_run_at_once_as_there_are_slots() -> None:
    together = Barrier(5)

    def handler(data: dict[str, Any], context: Context) -> None:
        together.wait(WAIT_SECONDS)

    executing = doing(handler, concurrency=5)
    for _ in range(5):
        executing.submit(a_delivery(a_job()))
    entries = executing.outcomes.wait_for(lambda seen: len(seen) == 5)
    assert [outcome for _, outcome in entries] == [Done()] * 5


def test_an_attempt_is_entered_ended_once_and_left_whatever_happened() -> None:
    for handler in (fine, failing(ValueError("x")), failing(SystemExit())):
        executing = doing(handler)
        executing.outcome_of()
        assert [fact.what for fact in executing.observer.facts.all()] == ["attempt", "entered", "ended", "left"]


def test_a_trigger_that_the_table_does_not_name_is_reported_as_such() -> None:
    executing = Executing(TriggerCatalogue({"known": fine}, default=fine))
    executing.outcome_of(a_delivery('{"trigger":"known"}'))
    executing.outcome_of(a_delivery('{"trigger":"from outside"}'))
    assert [fact.known_type for fact in executing.observer.named("attempt")] == [True, False]
