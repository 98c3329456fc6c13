"""Tests of SQS's redrive: messages that are received too often.

Source: SQS Developer Guide, "Using dead-letter queues" and "Setting-up dead-letter queue retention" (the enqueue timestamp is unchanged).
"""

from __future__ import annotations

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing.contract.backend import SOON_SECONDS, Backend


class RedriveContract:
    """The tests of `maxReceiveCount`."""

    def test_a_message_is_received_as_often_as_the_queue_allows(self, backend: Backend) -> None:
        queues = backend.queues(max_receive_count=3)
        queues.put()
        for receive_count in (1, 2, 3):
            (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
            assert delivery.receive_count == receive_count
            assert not queues.queue.change_visibility([(delivery, 0)])

    def test_a_message_received_too_often_goes_to_the_dead_letter_queue_as_it_was(self, backend: Backend) -> None:
        queues = backend.queues(max_receive_count=1)
        attributes = {"jobId": Attribute("01ARZ3NDEKTSV4RRFFQ69G5FAV"), "bytes": Attribute(b"\x00", "Binary")}
        assert not queues.sender.send([OutgoingMessage("poison", attributes, group_id="tenant-17")])
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert not queues.queue.change_visibility([(delivery, 0)])
        assert list(backend.receive_within(queues.queue, 1)) == []
        (dead,) = backend.receive_within(queues.dead_letters, SOON_SECONDS)
        assert dead.queue == queues.dead_letters.name
        assert dead.body == "poison"
        assert dict(dead.attributes) == attributes
        assert dead.group_id == "tenant-17"
        assert dead.sent_ms == delivery.sent_ms
        assert not queues.dead_letters.delete([dead])

    def test_a_message_deleted_at_its_last_receive_is_no_dead_letter(self, backend: Backend) -> None:
        queues = backend.queues(max_receive_count=1, lease_seconds=1)
        queues.put()
        assert not queues.queue.delete(backend.receive_within(queues.queue, SOON_SECONDS))
        assert list(backend.receive_within(queues.queue, 2)) == []
        assert list(queues.dead_letters.receive(10, 0)) == []
