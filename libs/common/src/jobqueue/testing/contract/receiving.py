"""Tests of a receive.

Source: SQS API reference, ReceiveMessage and SendMessage.
"""

from __future__ import annotations

import time
from threading import Thread

import pytest

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.testing.contract.backend import SOON_SECONDS, Backend, receive_all

TRACE_HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
GROUP_ID = "tenant-17:eu/(a)"

BODIES = {
    "json": '{"trigger": "test", "data": {"n": 1}}',
    "one character": "x",
    "white space, kept": "  \t a \r\n ",
    "beyond ASCII": "Grüße, 漢字, \u0627\u0644, e\u0301",
    "beyond the basic plane": "\U0001f680 \U00010000 \U0010ffff",
    "the edges of what SQS allows": "\x7f\x85\u2028\ud7ff\ue000\ufffd",
    "mark-up and escapes": '<a href="x">&amp;</a> \\u0041 %41 +',
}


class ReceivingContract:
    """The tests of a receive."""

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
    def test_a_body_arrives_as_it_was_sent(self, backend: Backend, body: str) -> None:
        queues = backend.queues()
        queues.put(body)
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert delivery.body == body

    def test_attributes_arrive_with_their_kinds(self, backend: Backend) -> None:
        queues = backend.queues()
        attributes = {
            "jobId": Attribute("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            "text": Attribute("Grüße 漢字 \U0001f680"),
            "number": Attribute("-17.25", "Number"),
            "bytes": Attribute(bytes(range(256)), "Binary"),
            "json": Attribute("{}", "String.json"),
            "whole": Attribute("17", "Number.int"),
            "picture": Attribute(b"\x89PNG", "Binary.png"),
            "with.dots-and_more": Attribute("x"),
        }
        queues.put("{}", attributes)
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert dict(delivery.attributes) == attributes

    def test_a_message_without_attributes_has_none(self, backend: Backend) -> None:
        queues = backend.queues()
        queues.put()
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert dict(delivery.attributes) == {}
        assert (delivery.trace_header, delivery.group_id) == (None, None)

    def test_a_first_receive_counts_one_and_knows_when_the_message_was_sent(self, backend: Backend) -> None:
        queues = backend.queues()
        queues.put()
        (delivery,) = backend.receive_within(queues.queue, SOON_SECONDS)
        assert delivery.receive_count == 1
        assert delivery.queue == queues.queue.name
        assert delivery.message_id
        assert delivery.receipt
        # Two clocks of one machine may be read a millisecond apart.
        assert -10 <= delivery.received_ms - delivery.sent_ms < 60_000
        assert abs(delivery.received_ms - time.time_ns() // 1_000_000) < 600_000

    def test_the_trace_header_of_the_sender_arrives(self, backend: Backend) -> None:
        queues = backend.queues()
        assert not queues.sender.send([OutgoingMessage("traced", trace_header=TRACE_HEADER), OutgoingMessage("bare")])
        received = receive_all(backend, queues.queue, 2)
        assert {one.body: one.trace_header for one in received} == {"traced": TRACE_HEADER, "bare": None}

    def test_the_group_of_the_sender_arrives(self, backend: Backend) -> None:
        queues = backend.queues()
        assert not queues.sender.send([OutgoingMessage("grouped", group_id=GROUP_ID), OutgoingMessage("bare")])
        received = receive_all(backend, queues.queue, 2)
        assert {one.body: one.group_id for one in received} == {"grouped": GROUP_ID, "bare": None}

    def test_a_receive_returns_no_more_than_was_asked_for(self, backend: Backend) -> None:
        queues = backend.queues()
        for number in range(5):
            queues.put(str(number))
        first = queues.queue.receive(2, 1)
        assert 1 <= len(first) <= 2
        others = receive_all(backend, queues.queue, 5 - len(first))
        assert sorted(delivery.body for delivery in [*first, *others]) == ["0", "1", "2", "3", "4"]

    def test_receipts_and_message_ids_are_distinct(self, backend: Backend) -> None:
        queues = backend.queues()
        for _ in range(3):
            queues.put("same")
        received = receive_all(backend, queues.queue, 3)
        assert len({delivery.message_id for delivery in received}) == 3
        assert len({delivery.receipt for delivery in received}) == 3

    def test_an_empty_queue_gives_an_empty_list_at_once(self, backend: Backend) -> None:
        assert list(backend.queues().queue.receive(10, 0)) == []

    def test_a_long_poll_of_an_empty_queue_ends_with_an_empty_list(self, backend: Backend) -> None:
        assert list(backend.receive_within(backend.queues().queue, 1)) == []

    def test_a_long_poll_ends_when_a_message_arrives(self, backend: Backend) -> None:
        queues = backend.queues()
        received: list[Delivery] = []
        poll = Thread(target=lambda: received.extend(queues.queue.receive(10, 20)), daemon=True)
        poll.start()
        queues.put("arrives")
        poll.join(10)
        assert not poll.is_alive()
        assert [delivery.body for delivery in received] == ["arrives"]
