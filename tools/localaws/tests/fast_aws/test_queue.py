"""What SQS leaves to the moment of a call, on a simulated clock: old and lapsed receipts, and the limits of a lease. The rest is the contract's."""

from __future__ import annotations

import pytest

from localaws.fast_aws.errors import AwsError
from localaws.fast_aws.message import Message
from localaws.fast_aws.queue import MAX_VISIBILITY_SECONDS, Queue, Received
from localaws.fast_aws.queue_settings import QueueSettings


def queue_of(*bodies: str) -> Queue:
    queue = Queue("jobs", "arn:aws:sqs:us-east-1:000000000000:jobs", QueueSettings.of({}), 0)
    for serial, body in enumerate(bodies, start=1):
        queue.put(Message(serial, f"id-{serial}", body, "", {}, None, {}), 0, now=0)
    return queue


def receive(queue: Queue, now: float, limit: int = 10, seconds: int = 30, most: int | None = None) -> Received:
    return queue.receive(limit, seconds, most, now, int(now * 1000))


def test_a_delete_with_an_older_handle_succeeds_and_deletes_nothing() -> None:
    queue = queue_of("a")
    (first,) = receive(queue, now=0).taken
    (second,) = receive(queue, now=30).taken
    queue.delete(first.handle, now=31)
    assert queue.counts(31)["in_flight"] == 1
    queue.delete(second.handle, now=31)
    assert sum(queue.counts(31).values()) == 0


def test_the_newest_handle_still_deletes_after_its_lease_lapsed() -> None:
    queue = queue_of("a")
    (taken,) = receive(queue, now=0).taken
    queue.delete(taken.handle, now=45)
    assert receive(queue, now=46).taken == []
    queue.delete(taken.handle, now=47)


def test_changing_the_visibility_of_a_message_that_is_visible_again_is_not_in_flight() -> None:
    queue = queue_of("a")
    (taken,) = receive(queue, now=0).taken
    with pytest.raises(AwsError) as refused:
        queue.change_visibility(taken.handle, 10, now=31)
    assert refused.value.code == "AWS.SimpleQueueService.MessageNotInflight"


def test_changing_the_visibility_of_a_deleted_message_is_an_invalid_parameter() -> None:
    queue = queue_of("a")
    (taken,) = receive(queue, now=0).taken
    queue.delete(taken.handle, now=1)
    with pytest.raises(AwsError, match="not available for visibility timeout change"):
        queue.change_visibility(taken.handle, 10, now=2)


def test_a_message_is_never_hidden_beyond_twelve_hours_from_its_receive() -> None:
    queue = queue_of("a")
    (taken,) = receive(queue, now=0).taken
    queue.change_visibility(taken.handle, MAX_VISIBILITY_SECONDS, now=0.2)
    with pytest.raises(AwsError, match="beyond the limit"):
        queue.change_visibility(taken.handle, MAX_VISIBILITY_SECONDS, now=1)
    queue.change_visibility(taken.handle, MAX_VISIBILITY_SECONDS - 1, now=1)


def test_a_handle_that_the_queue_never_issued_is_invalid() -> None:
    queue, other = queue_of("a"), queue_of("b")
    (foreign,) = receive(other, now=0).taken
    for handle in ("garbage", foreign.handle):
        with pytest.raises(AwsError) as refused:
            queue.delete(handle, now=0)
        assert refused.value.shape == "ReceiptHandleIsInvalid"


def test_the_receive_that_would_exceed_the_limit_takes_the_message_out_instead() -> None:
    queue = queue_of("a", "b")
    for attempt in range(2):
        assert len(receive(queue, now=attempt * 30, most=2).taken) == 2
    taken, exhausted = receive(queue, now=60, most=2)
    assert taken == []
    assert [message.receive_count for message in exhausted] == [2, 2]
    assert sum(queue.counts(60).values()) == 0


def test_renewing_one_lease_for_ever_does_not_grow_the_timers() -> None:
    queue = queue_of("a")
    (taken,) = receive(queue, now=0).taken
    for turn in range(20_000):
        queue.change_visibility(taken.handle, 30, now=turn / 1000)
    assert len(queue._timers) <= 4097
    assert receive(queue, now=49.9).taken == []
    assert len(receive(queue, now=50).taken) == 1
