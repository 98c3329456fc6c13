"""Tests of a sender.

Source: SQS API reference, SendMessageBatch; Developer Guide, "Amazon SQS message quotas".
"""

from __future__ import annotations

import pytest

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.limits import MAX_MESSAGE_BYTES
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing.contract.backend import SOON_SECONDS, Backend, receive_all
from jobqueue.testing.contract.receiving import TRACE_HEADER

FORBIDDEN = {"control character": "\x00", "bell": "\x07", "half a surrogate pair": "\ud800", "noncharacter": "\uffff"}


class SendingContract:
    """The tests of a send."""

    def test_ten_messages_are_sent_at_once(self, backend: Backend) -> None:
        queues = backend.queues()
        assert not queues.sender.send([OutgoingMessage(str(number)) for number in range(10)])
        received = receive_all(backend, queues.queue, 10)
        assert sorted(delivery.body for delivery in received) == sorted(str(number) for number in range(10))

    def test_the_sender_has_the_name_of_its_queue(self, backend: Backend) -> None:
        queues = backend.queues()
        assert queues.sender.name == queues.queue.name

    def test_messages_of_more_than_one_mib_together_all_arrive(self, backend: Backend) -> None:
        queues = backend.queues(max_bytes=MAX_MESSAGE_BYTES)
        bodies = [str(number) * 400_000 for number in range(5)]
        assert not queues.sender.send([OutgoingMessage(body) for body in bodies])
        received = receive_all(backend, queues.queue, 5)
        assert sorted(delivery.body for delivery in received) == bodies

    def test_a_message_as_large_as_the_queue_takes_arrives(self, backend: Backend) -> None:
        queues = backend.queues(max_bytes=1024)
        attributes = {"jobId": Attribute("x" * 100)}
        room = 1024 - OutgoingMessage("", attributes).size()
        body = "é" * (room // 2) + "x" * (room % 2)
        message = OutgoingMessage(body, attributes, group_id="g" * 128, trace_header=TRACE_HEADER)
        assert message.size() == 1024
        assert queues.sender.refusal(message) is None
        assert not queues.sender.send([message])
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert delivery.body == message.body

    def test_a_message_one_byte_larger_than_the_queue_takes_is_refused_before_it_is_sent(
        self, backend: Backend
    ) -> None:
        sender = backend.queues(max_bytes=1024).sender
        attributes = {"jobId": Attribute("x" * 100)}
        room = 1024 - OutgoingMessage("", attributes).size()
        refusal = sender.refusal(OutgoingMessage("x" * (room + 1), attributes))
        assert refusal is not None
        assert refusal.startswith("too_large")

    def test_ten_attributes_are_sent_and_eleven_refused(self, backend: Backend) -> None:
        queues = backend.queues()
        ten = {f"name{number}": Attribute("x") for number in range(10)}
        assert queues.sender.refusal(OutgoingMessage("{}", ten)) is None
        queues.put("{}", ten)
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert dict(delivery.attributes) == ten
        assert queues.sender.refusal(OutgoingMessage("{}", {**ten, "eleventh": Attribute("x")})) is not None

    def test_a_delayed_message_comes_later(self, backend: Backend) -> None:
        queues = backend.queues()
        assert not queues.sender.send([OutgoingMessage("later", delay_seconds=1)])
        assert list(queues.queue.receive(10, 0)) == []
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert (delivery.body, delivery.receive_count) == ("later", 1)

    @pytest.mark.parametrize("forbidden", FORBIDDEN.values(), ids=FORBIDDEN.keys())
    def test_a_body_with_a_forbidden_character_is_named_as_hopeless_and_the_others_are_sent(
        self, backend: Backend, forbidden: str
    ) -> None:
        queues = backend.queues()
        messages = [OutgoingMessage("first"), OutgoingMessage(f"a{forbidden}b"), OutgoingMessage("last")]
        failures = queues.sender.send(messages)
        assert [(failure.index, failure.code, failure.gone) for failure in failures] == [
            (1, "InvalidMessageContents", True)
        ]
        received = receive_all(backend, queues.queue, 2)
        assert sorted(delivery.body for delivery in received) == ["first", "last"]

    def test_a_delay_beyond_fifteen_minutes_is_named_as_hopeless_and_the_others_are_sent(
        self, backend: Backend
    ) -> None:
        queues = backend.queues()
        failures = queues.sender.send([OutgoingMessage("first", delay_seconds=901), OutgoingMessage("last")])
        assert [(failure.index, failure.gone) for failure in failures] == [(0, True)]
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert delivery.body == "last"
