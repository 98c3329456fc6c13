"""The relay: it forwards bytes unchanged and notes when the expected word came."""

from __future__ import annotations

import socket
import time
from threading import Thread

from devkit.image_sizes.relay import Relay

HOST = "127.0.0.1"


def echo() -> tuple[str, int]:
    """Answers one connection with what it receives, until that ends."""
    listener = socket.create_server((HOST, 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with listener, connection:
            while chunk := connection.recv(4096):
                connection.sendall(chunk)

    Thread(target=answer, daemon=True).start()
    address: tuple[str, int] = listener.getsockname()
    return address


def test_what_goes_through_comes_back_and_the_time_of_the_word_is_known() -> None:
    with Relay(HOST, echo(), b"Receive") as relay, socket.create_connection((HOST, relay.port), 5) as client:
        client.sendall(b"Send")
        assert client.recv(4, socket.MSG_WAITALL) == b"Send"
        assert relay.wait(0) is None

        before = time.time()
        client.sendall(b"Rec")
        assert client.recv(3, socket.MSG_WAITALL) == b"Rec"
        client.sendall(b"eive")  # the word in two pieces
        assert client.recv(4, socket.MSG_WAITALL) == b"eive"

        came = relay.wait(5)
        assert came is not None
        assert before <= came <= time.time()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


def test_nothing_is_open_after_its_end() -> None:
    with Relay(HOST, echo(), b"x") as relay:
        client = socket.create_connection((HOST, relay.port), 5)
        client.sendall(b"a")
        assert client.recv(1) == b"a"
    with client:
        assert client.recv(1) == b""
