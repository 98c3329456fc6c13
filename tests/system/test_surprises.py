"""What handlers and their libraries do to a process costs no message, no line of the runtime, and not the stop."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from .flow import JOBS, TRIGGERS, TRIGGERS_DLQ, Flow, until
from .test_stop import stop

if TYPE_CHECKING:
    from .worker import Worker


def start(flow: Flow, **settings: object) -> Worker:
    worker = flow.start("surprising-main", **settings)
    worker.wait_for_message("consuming")
    return worker


def do(flow: Flow, deed: str, **data: object) -> str:
    return flow.trigger(data={"deed": deed, **data})


def done(worker: Worker, deed: str, count: int = 1) -> None:
    worker.wait_for(lambda line: line.get("message") == "did" and line.get("deed") == deed, count=count)


def test_finalizers_that_log_deadlock_nothing(flow: Flow) -> None:
    worker = start(flow, MAX_CONCURRENCY=4)
    for number in range(4):
        do(flow, "leave_unclosed", number=number, count=3_000)
    done(worker, "leave_unclosed", 4)
    assert stop(worker) == 0
    said = Counter(line.get("message") for line in worker.lines)
    assert (said["working"], said["unclosed"], said["unclosed too"]) == (12_000, 12_000, 12_000)
    assert flow.held(TRIGGERS) == 0


def test_twelve_busy_pools_and_children_are_terminated_at_once(flow: Flow) -> None:
    worker = start(flow, MAX_CONCURRENCY=4)
    for number in range(12):
        do(flow, "terminate_a_busy_pool", number=number)
        do(flow, "terminate_a_child", number=number)
    done(worker, "terminate_a_busy_pool", 12)
    done(worker, "terminate_a_child", 12)
    assert stop(worker) == 0
    assert flow.held(TRIGGERS) == 0


def test_lines_of_children_are_all_there_once_and_none_of_the_parents_twice(flow: Flow) -> None:
    worker = start(flow, MAX_CONCURRENCY=4)
    for number in range(4):
        do(flow, "log_in_children", number=number, children=4, count=100, spawn=number == 0)
    done(worker, "log_in_children", 4)
    assert stop(worker) == 0
    lines = Counter((line["message"], line["line"]) for line in worker.lines if "line" in line)
    assert set(lines.values()) == {1}
    assert Counter(message for message, _ in lines) == {"parent": 4 * 4 + 4, "child": 4 * 4 * 100}
    assert not any("raw" in line for line in worker.lines)


def test_a_child_that_comes_back_out_of_its_handler_ends_and_its_message_is_done_once(flow: Flow) -> None:
    worker = start(flow, MAX_CONCURRENCY=1)
    do(flow, "fork_and_come_back")
    worker.wait_for_message("job done")
    do(flow, "nothing")
    worker.wait_for_message("job done", count=2)
    assert stop(worker) == 0
    assert sum("came back out of a handler" in line["message"] for line in worker.lines) == 1
    assert flow.counts(JOBS)["visible"] == 2


@pytest.mark.parametrize(("deed", "exit_code"), [("hang_in_an_executor", 70), ("hang_in_to_thread", 0)])
def test_a_worker_whose_handler_hangs_is_gone_once_it_said_so(flow: Flow, deed: str, exit_code: int) -> None:
    worker = start(flow, MAX_CONCURRENCY=1, JOB_TIMEOUT_SECONDS=1, GRACE_SECONDS=2)
    do(flow, deed)
    if exit_code == 0:  # a coroutine can be cancelled: its worker goes on, only the thread hangs
        worker.wait_for(lambda line: line.get("errorType") == "JobTimeout")
        worker.terminate()
    (drained,) = worker.wait_for_message("drained")
    began = time.monotonic()
    assert worker.end() == drained["exitCode"] == exit_code
    assert time.monotonic() - began < 10


def test_an_executor_that_a_handler_left_hanging_holds_up_no_stop(flow: Flow) -> None:
    worker = start(flow)
    do(flow, "leave_an_executor_that_hangs")
    worker.wait_for_message("job done")
    assert stop(worker) == 0
    (said,) = [line for line in worker.lines if line["message"].startswith("threads that handlers left")]
    assert said["threads"] == ["ThreadPoolExecutor-0_0"]


def test_an_error_that_ends_whoever_asks_it_for_its_text_costs_no_thread(flow: Flow) -> None:
    worker = start(flow, MAX_CONCURRENCY=2, MAX_ATTEMPTS=2)
    for _ in range(4):
        do(flow, "raise_unspeakable")
    until(lambda: flow.counts(TRIGGERS_DLQ)["visible"] == 4, "they are dead letters")
    do(flow, "nothing")
    done(worker, "nothing")
    assert stop(worker) == 0
    for letter in flow.take_all(TRIGGERS_DLQ):
        assert letter["MessageAttributes"]["deadLetterReason"]["StringValue"] == "attempts_exhausted"


def test_jobs_that_come_while_no_thread_can_be_started_run_when_one_can(flow: Flow) -> None:
    worker = start(flow, MAX_CONCURRENCY=6)
    do(flow, "use_up_all_threads", seconds=3)
    worker.wait_for(lambda line: True)
    until(lambda: flow.counts(TRIGGERS)["in_flight"] == 1, "it runs")
    for _ in range(4):
        do(flow, "nothing")
    done(worker, "nothing", 4)
    assert stop(worker) == 0
    assert flow.held(TRIGGERS) == 0


def test_a_full_stdout_that_a_handler_made_non_blocking_loses_no_line(flow: Flow) -> None:
    worker = start(flow)
    do(flow, "make_stdout_non_blocking_and_flood_it", count=20_000)
    done(worker, "make_stdout_non_blocking_and_flood_it")
    do(flow, "nothing")
    done(worker, "nothing")
    assert stop(worker) == 0
    flood = [line["line"] for line in worker.lines if line.get("message") == "flood"]
    assert sorted(map(int, flood)) == list(range(20_000))


@pytest.mark.parametrize(
    "deeds",
    [
        ["close_stdout"],
        ["redirect_stdout"],
        ["configure_logging", "change_directory", "make_warnings_errors", "shorten_socket_timeouts"],
        ["exit_in_a_thread", "recurse", "switch_the_collector_off", "overwrite_hooks"],
    ],
    ids=" ".join,
)
def test_a_deed_costs_neither_messages_nor_lines_nor_the_stop(flow: Flow, deeds: list[str]) -> None:
    worker = start(flow, MAX_CONCURRENCY=2, LEASE_SECONDS=5)
    for count, deed in enumerate(deeds, 1):
        do(flow, deed)
        until(lambda count=count: flow.counts(JOBS)["visible"] == count, f"{deed} is done")  # type: ignore[misc]
    for _ in range(10):
        do(flow, "nothing")
    until(lambda: flow.counts(JOBS)["visible"] == 10 + len(deeds), "the others are done")
    assert stop(worker) == 0
    said = Counter(line.get("message") for line in worker.lines)
    assert (said["job done"] >= 10, said["drained"]) == (True, 1), worker.last_lines()
    assert flow.held(TRIGGERS, TRIGGERS_DLQ) == 0
