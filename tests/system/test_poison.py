"""A handler that kills its process is dead-lettered with a reason, and takes nobody with it: real processes, killed by their own jobs."""

from __future__ import annotations

import json
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from jobqueue.consumer.suspects import WORKER_LOST
from jobqueue.messages.dead_letter import REASON, RECEIVE_COUNT, SERVICE

from .flow import JOBS, TRIGGERS, TRIGGERS_DLQ, Flow

if TYPE_CHECKING:
    from .worker import Worker

SETTINGS = {"LEASE_SECONDS": 2, "MAX_CONCURRENCY": 10, "SETTLE_LINGER_SECONDS": 0.1}
DEADLINE_SECONDS = 240.0


def work_until_nothing_is_left(flow: Flow) -> list[Worker]:
    """One worker at a time, as ECS replaces a task that ended; gives all that there were."""
    ends = time.monotonic() + DEADLINE_SECONDS
    worker = flow.start("deadly-main", **SETTINGS)
    workers = [worker]
    while flow.held(TRIGGERS):
        assert time.monotonic() < ends, f"{flow.counts(TRIGGERS)} after {len(workers)} workers. {worker.last_lines()}"
        if worker.exit_code is not None:
            worker = flow.start("deadly-main", **SETTINGS)
            workers.append(worker)
        time.sleep(0.1)
    worker.terminate()
    assert worker.end() == 0
    return workers


def numbers_of_the_done(flow: Flow) -> list[int]:
    return sorted(json.loads(one["Body"])["data"]["mainJobResult"]["number"] for one in flow.take_all(JOBS))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("total", "poisons"),
    [(10, {2: "killed", 7: "exit"}), (70, {40: "segfault"})],
    ids=str,
)
def test_what_kills_its_worker_is_dead_lettered_with_a_reason_and_everything_else_is_done(
    flow: Flow, total: int, poisons: dict[int, str]
) -> None:
    for number in range(total):
        flow.trigger(data={"number": number, "death": poisons.get(number, "")})
    workers = work_until_nothing_is_left(flow)
    letters = list(flow.take_all(TRIGGERS_DLQ))
    said = {json.loads(letter["Body"])["data"]["number"]: letter["MessageAttributes"] for letter in letters}
    print(f"{len(workers)} workers; receives: {[told.get(RECEIVE_COUNT) for told in said.values()]}")
    # By number: a worker that is killed between a letter's send and the trigger's delete makes it come twice.
    assert {number: told[REASON]["StringValue"] for number, told in said.items()} == dict.fromkeys(poisons, WORKER_LOST)
    assert all(told[SERVICE]["StringValue"] == f"main-job {version('main-job')}" for told in said.values())
    done = numbers_of_the_done(flow)
    assert set(done) == set(range(total)) - set(poisons)
