"""Plain HTTP against real peers on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from jobqueue.plain_http import MAX_ANSWER_BYTES, PlainHttp, PlainHttpError, ask

PATIENCE = 60.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-AFTER: 7\r\n\r\nok"


@contextmanager
def peer(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """Takes one connection, and answers each request on it; gives its address and what it was sent."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError), listener.accept()[0] as connection:
                for answer in answers:
                    seen.append(connection.recv(65_536))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    thread.join(PATIENCE)


def test_requests_share_a_connection_and_send_what_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    http = PlainHttp()
    with peer(OK, OK, OK) as (url, seen):
        answer = http.request("PUT", f"{url}/state?a=1", headers={"X-A": "b"}, body=b"body", seconds=PATIENCE)
        http.request("POST", url, headers={}, body=b"x" * 2_000, seconds=PATIENCE)
        http.request("GET", url, headers={}, seconds=PATIENCE)
        http.close()
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (200, b"ok", "7")
    put, post, get = (request.partition(b"\r\n") for request in seen)
    assert (put[0], post[0], get[0]) == (b"PUT /state?a=1 HTTP/1.1", b"POST / HTTP/1.1", b"GET / HTTP/1.1")
    assert b"\r\nX-A: b\r\n" in put[2]
    assert put[2].endswith(b"\r\n\r\nbody")
    assert b"Expect" not in post[2]
    assert b"Content-Length" not in get[2]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
        b"hello",
        OK.replace(b": 2", b": %d" % (MAX_ANSWER_BYTES + 1)),
    ],
)
def test_what_is_no_whole_answer_is_an_error_that_shows_nothing_of_the_request(answer: bytes) -> None:
    with peer(answer) as (url, _), pytest.raises(PlainHttpError) as caught:
        ask("POST", url, headers={"Authorization": "secret"}, body=b"secret", seconds=PATIENCE)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_peer_that_hangs_is_given_up_in_time(seconds: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hangs, pytest.raises(PlainHttpError, match="time"):
        ask("GET", f"http://127.0.0.1:{hangs.getsockname()[1]}", headers={}, seconds=seconds)


@pytest.mark.parametrize("url", ["https://127.0.0.1:9/", "file:///etc/hosts"])
def test_nothing_else_than_plain_http_is_spoken(url: str) -> None:
    with pytest.raises(PlainHttpError):
        ask("GET", url, headers={}, seconds=PATIENCE)
