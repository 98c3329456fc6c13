"""`async def` handlers: outcomes, cancellation at the deadline, and an event loop that nothing stops."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest

from jobqueue import Context, RejectJob
from jobqueue.consumer.async_handlers import AsyncHandlers
from jobqueue.consumer.current import current_job
from jobqueue.consumer.runs import JobTimeout, Run
from jobqueue.messages.outcome import Done, Reject, Retry

from .executing import Executing, doing
from .workbench import WAIT_SECONDS, a_delivery, a_job, recorded


def running(executing: Executing, begun: Event) -> Run:
    executing.submit(a_delivery(a_job()))
    assert begun.wait(WAIT_SECONDS)
    [run] = executing.executor.runs()
    return run


def test_an_async_handler_is_awaited_with_the_ids_of_its_job() -> None:
    seen = []

    async def handler(data: dict[str, Any], context: Context) -> None:
        await asyncio.sleep(0)
        ids = current_job.get()
        seen.append(ids is not None and ids.job_id == context.job_id)

    assert doing(handler).outcome_of() == Done()
    assert seen == [True]


def test_its_errors_are_those_of_any_handler() -> None:
    async def handler(data: dict[str, Any], context: Context) -> None:
        await asyncio.sleep(0)
        raise RejectJob("no_such_user")

    assert isinstance(doing(handler).outcome_of(), Reject)


def test_async_handlers_run_side_by_side() -> None:
    met = asyncio.Event()

    async def handler(data: dict[str, Any], context: Context) -> None:
        if data.get("first"):
            await met.wait()
        else:
            met.set()

    executing = doing(handler, concurrency=2)
    executing.submit(a_delivery(a_job(data={"first": True})))
    executing.submit(a_delivery(a_job()))
    entries = executing.outcomes.wait_for(lambda seen: len(seen) == 2)
    assert [outcome for _, outcome in entries] == [Done(), Done()]


def test_a_decorator_that_hides_async_def_does_not_turn_the_job_into_nothing() -> None:
    ran = []

    def plain(handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def wrapper(data: dict[str, Any], context: Context) -> Any:
            return handler(data, context)

        return wrapper

    @plain
    async def handler(data: dict[str, Any], context: Context) -> None:
        ran.append(True)

    assert doing(handler).outcome_of() == Done()
    assert ran == [True]


def test_a_cancelled_handler_is_tried_again_and_its_log_shows_where_it_was() -> None:
    begun = Event()

    async def wait_for_ever(data: dict[str, Any], context: Context) -> None:
        begun.set()
        await asyncio.Event().wait()

    executing = doing(wait_for_ever)
    run = running(executing, begun)
    run.stuck = True
    assert run.cancel is not None
    run.cancel()
    [(_, outcome)] = executing.outcomes.wait_for(lambda seen: len(seen) == 1)
    assert isinstance(outcome, Retry)
    [event] = recorded(executing.logs, "job.failed")
    assert event["errorType"] == "JobTimeout"
    assert "in wait_for_ever" in str(event["stack"])


def test_a_handler_that_was_found_to_hang_before_the_loop_came_to_it_is_cancelled_too() -> None:
    async def wait_for_ever(data: dict[str, Any], context: Context) -> None:
        await asyncio.Event().wait()

    handlers = AsyncHandlers()
    context: Any = None
    run = Run(a_delivery(), context, context, started=0.0, timeout=5.0, stuck=True)
    with pytest.raises(JobTimeout):
        handlers.run(wait_for_ever({}, context), run)
    handlers.close()


def test_a_handler_that_cancels_itself_failed_and_was_not_too_slow() -> None:
    async def handler(data: dict[str, Any], context: Context) -> None:
        raise asyncio.CancelledError

    executing = doing(handler)
    assert isinstance(executing.outcome_of(), Retry)
    [event] = recorded(executing.logs, "job.failed")
    assert event["error"] == "the handler cancelled itself"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_a_handler_that_wants_to_end_the_process_does_not_end_the_loop(error: BaseException) -> None:
    async def handler(data: dict[str, Any], context: Context) -> None:
        await asyncio.sleep(0)
        if data:
            raise error

    executing = doing(handler)
    assert isinstance(executing.outcome_of(a_delivery(a_job(data={"leave": True}))), Retry)
    assert executing.outcome_of() == Done()
    [event] = recorded(executing.logs, "job.failed")
    assert event["errorType"] == type(error).__name__


def test_a_task_that_a_handler_left_behind_cannot_end_the_loop_either() -> None:
    left = []

    async def leave() -> None:
        sys.exit("a stray task")

    async def handler(data: dict[str, Any], context: Context) -> None:
        left.append(asyncio.create_task(leave()))
        await asyncio.sleep(0)

    executing = doing(handler)
    assert executing.outcome_of() == Done()
    assert executing.outcome_of() == Done()
    assert all(isinstance(task.exception(), SystemExit) for task in left[:1])


def test_where_no_thread_can_be_started_the_job_fails_and_the_next_one_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def handler(data: dict[str, Any], context: Context) -> None:
        await asyncio.sleep(0)

    executing = doing(handler)
    start = Thread.start

    def no_loop(thread: Thread) -> None:
        if thread.name == "async-handlers":
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as without:
        without.setattr(Thread, "start", no_loop)
        assert isinstance(executing.outcome_of(), Retry)
    assert executing.outcome_of() == Done()
