"""Messages that are sent during a delete are kept."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from moto.sqs.models import Message, Queue, sqs_backends

from localaws.moto_patches.patching import wrap
from localaws.moto_patches.sqs import delete_without_sends

pytestmark = pytest.mark.slow


class SendsWhenTheLoopEnds(list[Message]):
    """Has another thread send at the worst moment of a delete: after its loop over the messages, before it stores the new list."""

    def __init__(self, messages: list[Message]) -> None:
        super().__init__(messages)
        self.sender: threading.Thread | None = None

    def __iter__(self) -> Iterator[Message]:
        yield from list.__iter__(self)
        if self.sender is None and sys._getframe(1).f_code is Queue_delete_code:
            self.sender = threading.Thread(target=lambda: backend().send_message("race", "new"))
            self.sender.start()
            self.sender.join(0.2)  # a send that is locked out goes on when the delete is over


Queue_delete_code = Queue.delete_message.__code__


def backend() -> Any:
    return sqs_backends["123456789012"]["us-east-1"]


def test_a_message_that_is_sent_while_another_is_deleted_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Queue, "delete_message", Queue.delete_message)  # undone at the end
    wrap(Queue, "delete_message", delete_without_sends)
    queue = backend().create_queue("race", {})
    backend().send_message("race", "old")
    received = backend().receive_message("race", 1, 0, 60)[0]
    messages = SendsWhenTheLoopEnds(queue._messages)
    queue._messages = messages

    queue.delete_message(received.receipt_handle)

    assert messages.sender is not None
    messages.sender.join(5)
    assert [message.body for message in queue._messages] == ["new"]
    backend().delete_queue("race")
