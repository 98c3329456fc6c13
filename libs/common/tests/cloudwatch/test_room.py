"""An outage costs a job one short wait and the process no more memory than was set; writing never deadlocks, wherever it happens."""

import asyncio
import gc
import socket
import threading
import time
import tracemalloc
from typing import Any

import pytest

from jobqueue.cloudwatch.room import MAX_WAIT_SECONDS, Room, Share

COLLECTED_SECONDS = 60.0
"""The longest wait for finalizers, on a machine that does other things too."""


def outage(server: Any, answer: Any, kind: str) -> threading.Event:
    released = threading.Event()
    answers = {
        "failing": answer("InternalFailure", 500),
        "throttling": answer("ThrottlingException"),
        "hanging": answer(released=released, cut=True),
        "cut": answer(cut=True, body={"nothing": "of it"}),
    }
    server.choose = lambda operation: answers[kind] if operation == "PutLogEvents" else None
    return released


def fill(log: Any, count: int = 30) -> None:
    for _ in range(count):
        log.write("INFO", "x" * 900_000)


def test_an_attempt_has_the_share_that_it_leaves_free() -> None:
    room, heavy, light = Room(1_000, lambda: None), Share(), Share()
    heavy.patience = 0
    assert sum(room.admits(heavy, 100) for _ in range(20)) == 5
    assert all(room.admits(light, 10) for _ in range(20))
    assert not room.admits(heavy, 100)


@pytest.mark.slow
def test_room_that_confirmations_make_ends_a_wait_and_earns_another() -> None:
    room, share = Room(1_000, lambda: None), Share()
    assert room.admits(share, 900)
    answered = threading.Timer(0.05, lambda: room.give_back(share, 900, confirmed=True))
    answered.start()
    assert room.admits(share, 500)
    answered.join()
    assert share.patience > 0
    assert not room.admits(share, 900), "nothing makes room, so this waits to the end of its patience"
    assert share.patience == 0
    room.give_back(share, 500, confirmed=True)
    assert share.patience == 0, "it waits no more"


def test_room_that_lost_events_make_earns_no_other_wait() -> None:
    room, share = Room(1_000, lambda: None), Share()
    assert room.admits(share, 900)
    lost = threading.Timer(0.05, lambda: room.give_back(share, 900, confirmed=False))
    lost.start()
    assert room.admits(share, 900)
    lost.join()
    assert share.patience < MAX_WAIT_SECONDS


@pytest.mark.slow
def test_an_outage_of_any_kind_costs_a_job_one_wait_and_its_neighbour_none(
    new_desk: Any, server: Any, answer: Any, new_job: Any
) -> None:
    for kind in ("failing", "throttling", "hanging", "cut"):
        released = outage(server, answer, kind)
        desk = new_desk()
        began = time.monotonic()
        fill(desk.logs.open(new_job(), 1), 60)
        waited = time.monotonic() - began
        assert waited < MAX_WAIT_SECONDS + 5, f"{kind}: 40 lines found no room; at one wait each that were 40 s"
        neighbour = desk.logs.open(new_job(), 1)
        for _ in range(100):
            neighbour.write("INFO", "a line like any other")
        assert neighbour._account.share.patience == MAX_WAIT_SECONDS, f"{kind}: a neighbour waited"
        assert not any("like any other" in line["message"] for line in desk.undelivered())
        desk.logs.flush(0)
        released.set()


def test_a_service_that_works_slows_a_fast_job_down_and_takes_everything(
    new_desk: Any, server: Any, new_job: Any, new_confirmation: Any
) -> None:
    desk, job = new_desk(job_log_buffer_bytes=16_777_216), new_job()
    log = desk.logs.open(job, 1)
    fill(log, 40)
    done = new_confirmation(job)
    log.finish(done)
    done.wait()
    assert sum(map(len, server.batches)) == 40
    assert desk.lost.total == 0


def test_an_event_loop_never_waits(new_desk: Any, server: Any, answer: Any, new_job: Any) -> None:
    released = outage(server, answer, "hanging")
    desk = new_desk()
    log = desk.logs.open(new_job(), 1)

    async def handler() -> None:
        fill(log)

    asyncio.run(handler())
    assert log._account.share.patience == MAX_WAIT_SECONDS
    assert desk.undelivered()
    released.set()


def test_memory_stays_within_the_buffer_in_an_outage_whatever_the_characters(
    new_desk: Any, server: Any, new_job: Any
) -> None:
    """The peer takes connections and never reads, so that calls hang with all that they made to send."""
    wide = "\U0001f600" + "x" * 100_000
    with socket.create_server(("127.0.0.1", 0), backlog=200) as silent:
        server.endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        desk = new_desk(job_log_buffer_bytes=16_777_216, job_log_linger_seconds=0.1, job_log_batch_bytes=1_024)
        desk.lines.write = lambda line, at_once: None  # a stdout that somebody reads
        gc.collect()
        tracemalloc.start()
        try:
            jobs = [desk.logs.open(new_job(), 2) for _ in range(20)]
            for job in jobs:
                job._account.share.patience = 0.01
            for _ in range(30):
                for job in jobs:
                    job.write("INFO", wide)
                    job.write("INFO", "small")
            desk.lost.wait(200)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        desk.logs.flush(0)
    assert peak > 4_000_000
    assert peak < 16_777_216


def test_finalizers_that_write_do_so_anywhere_in_our_own_code(
    new_desk: Any, server: Any, new_job: Any, new_confirmation: Any
) -> None:
    """With a collection at every other allocation, objects that log in `__del__` are finalized in the midst of everything that we do."""
    desk, job = new_desk(job_log_batch_bytes=1_024), new_job()
    log = desk.logs.open(job, 1)
    finalized = 0

    class Unclosed:
        def __init__(self) -> None:
            self.me = self  # only a collection finds it

        def __del__(self) -> None:
            nonlocal finalized
            finalized += 1
            log.write("WARNING", "unclosed session")

    before = gc.get_threshold()
    gc.set_threshold(2, 2, 2)
    try:
        for number in range(2_000):
            Unclosed()
            log.write("INFO", str(number))
        done = new_confirmation(job)
        log.finish(done)
        done.wait()
    finally:
        gc.set_threshold(*before)
    until = time.monotonic() + COLLECTED_SECONDS
    while finalized < 2_000 and time.monotonic() < until:
        gc.collect()  # returns at once while another thread is in the middle of a collection
        time.sleep(0.001)
    assert finalized == 2_000
    assert desk.lost.total < 2_000
