"""A service that sends triggers of its own."""

from __future__ import annotations

import pytest

from jobqueue.consumer.synthetic import SyntheticTriggers
from jobqueue.messages.trigger import read_trigger
from jobqueue.testing import InMemoryQueue, InMemorySender


def test_triggers_come_again_and_again_each_with_a_correlation_id_of_its_own() -> None:
    queue = InMemoryQueue("triggers")
    triggers = SyntheticTriggers(InMemorySender(queue), every_seconds=0.001)
    triggers.start()
    queue.wait_for(lambda queue: len(queue) >= 3)
    triggers.stop()
    jobs = [read_trigger(delivery) for delivery in queue.receive(10, 0)]
    assert {job.type for job in jobs} == {"synthetic"}
    assert all(job.correlation_id.startswith("synthetic-") for job in jobs)
    assert len({job.correlation_id for job in jobs}) == len(jobs) >= 3


def test_a_send_that_fails_is_said_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    queue = InMemoryQueue("triggers")
    sender = InMemorySender(queue)
    sender.faults.fail("send", code="ThrottlingException")
    sender.faults.fail_entries("send", 0)
    triggers = SyntheticTriggers(sender, every_seconds=0.001)
    triggers.start()
    queue.wait_for(lambda queue: len(queue) >= 1)
    triggers.stop()
    assert len([record for record in caplog.records if "not sent" in record.message]) == 2
