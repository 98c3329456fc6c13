"""What handlers and their libraries do to a process costs no message, no line of the runtime, and not the stop.

Single deeds, and the lines of children, are proven beside the library: `test_line_writer`, `test_forks`, `test_leaving`, `telemetry/test_logs`.
"""

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


@pytest.mark.parametrize(
    "deeds",
    [
        ["terminate_a_busy_pool", "terminate_a_child", "fork_and_come_back"],
        ["redirect_stdout", "configure_logging", "change_directory", "make_warnings_errors", "shorten_socket_timeouts"],
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
