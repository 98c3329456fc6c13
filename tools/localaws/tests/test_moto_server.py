"""The local AWS: messages sent during a delete are kept, and start errors are one line."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from moto.sqs.models import Message, Queue, sqs_backends

from localaws.moto_server import excluding_sends

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
    monkeypatch.setattr(Queue, "delete_message", excluding_sends(Queue.delete_message))
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


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "localaws.moto_server", "--port", str(port)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert f"Port {port} is in use by another program." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_moto_is_told_in_one_line() -> None:
    block = "import sys; sys.modules['moto'] = None; sys.argv = ['x']; from localaws.moto_server import main; sys.exit(main())"
    ended = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 3
    assert "moto's server is not installed" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
