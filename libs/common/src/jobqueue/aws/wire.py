"""Requests on libcurl. One thread performs all of them, over connections that stay open; any thread may begin one.

One CurlMulti, because every handle that performs by itself has its own store of certificate authorities: 40 of them cost 35 MB, one CurlMulti with
40 calls at once 6 MB. No caller is inside libcurl, where it would hold signals back; who needs no thread to wait in has none.

A child of a fork makes a new wire and never touches the parent's: merely closing its handles would end the parent's TLS connections.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

import pycurl

from jobqueue.aws.answers import CallError, Response
from jobqueue.foreign_text import first_line
from jobqueue.forks import in_child

logger = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 4 * 1024 * 1024
DNS_CACHE_SECONDS = 30
UPLOAD_BUFFER_BYTES = 16 * 1024
"""The least that libcurl takes; its own 64 kB for each call at once are 3 MB with 64 job logs. Larger requests go in several turns."""
MAX_IDLE_CONNECTIONS = 128
"""libcurl keeps four times as many as there are calls at the moment, unless it is told: after a quiet moment it would connect anew."""


Then = Callable[["Response | CallError"], None]
"""Called once with what came back, in the thread of all requests: it must not wait for anything."""


class _Exchange:
    """One request on its way."""

    __slots__ = ("body", "handle", "headers", "sent", "then")

    def __init__(self, handle: Any, then: Then) -> None:
        self.handle = handle
        self.then = then
        self.sent = False
        self.body: list[bytes] = []
        self.headers: list[bytes] = []

    def may_send(self, *_: object) -> int:
        """libcurl repeats a POST by itself when a connection that it reuses ends before the answer: one perform sends once."""
        if self.sent:
            return int(pycurl.PREREQFUNC_ABORT)
        self.sent = True
        return int(pycurl.PREREQFUNC_OK)


class Wire:
    """All connections of a process to AWS."""

    def __init__(self, authorities: str) -> None:
        self._authorities = authorities
        self._starting = Lock()
        self._loop: _Loop | None = None
        self._said_broken = False
        in_child(self._forget)

    def begin(
        self,
        url: str,
        body: bytes,
        headers: Sequence[str],
        *,
        signed_as: str,
        access_key: str,
        secret_key: str,
        user_agent: str,
        proxy: str,
        connect_seconds: float,
        seconds: float,
        then: Then,
    ) -> None:
        """Sends a request at most once. `then` gets what came back, or the error where that is nothing whole.

        Raises:
            CallError: it was not begun; `then` is not called.
        """
        with self._starting:
            loop = self._loop
            if loop is None or loop.broken:
                loop = self._loop = _Loop(self._authorities, self._say_broken)
        handle = loop.handle()
        exchange = _Exchange(handle, then)
        for option, value in (
            (pycurl.URL, url),
            (pycurl.PROXY, proxy),
            (pycurl.POSTFIELDS, body),
            (pycurl.HTTPHEADER, headers),
            (pycurl.AWS_SIGV4, signed_as),
            (pycurl.USERNAME, access_key),
            (pycurl.PASSWORD, secret_key),
            (pycurl.USERAGENT, user_agent),
            (pycurl.CONNECTTIMEOUT_MS, int(connect_seconds * 1000)),
            (pycurl.TIMEOUT_MS, int(seconds * 1000)),
            (pycurl.PREREQFUNCTION, exchange.may_send),
            (pycurl.WRITEFUNCTION, exchange.body.append),
            (pycurl.HEADERFUNCTION, exchange.headers.append),
        ):
            handle.setopt(option, value)
        loop.start(exchange)

    def _say_broken(self, error: Exception) -> None:
        """Once a process: the calls that it ends tell of each."""
        if not self._said_broken:
            self._said_broken = True
            logger.error("the thread of all calls to AWS failed, which is a defect; a new one goes on", exc_info=error)

    def _forget(self) -> None:
        self._starting = Lock()
        if self._loop is not None:
            _keep_for_ever(self._loop)
            self._loop = None


def _keep_for_ever(value: object) -> None:
    import ctypes  # late: only children of a fork need it

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))


class _Loop:
    """The thread, its CurlMulti, and handles that wait for their next request.

    Whatever fails in the thread ends the loop: those who wait get an error, since libcurl's state cannot be trusted any more, and later callers
    another loop.
    """

    def __init__(self, authorities: str, say_broken: Callable[[Exception], None]) -> None:
        self.broken = False
        self._authorities = authorities
        self._say_broken = say_broken
        self._error: Exception | None = None
        self._lock = Lock()  # over `broken` and `_new`: nobody may wait for a loop that has ended
        self._handles: list[Any] = []
        self._idle: deque[Any] = deque()
        self._new: deque[_Exchange] = deque()
        self._running: dict[Any, _Exchange] = {}
        self._deadline: float | None = None
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, MAX_IDLE_CONNECTIONS)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_deadline)
        Thread(target=self._run, name="aws-wire", daemon=True).start()

    def handle(self) -> Any:
        """One that no request uses, with all that every request has."""
        with suppress(IndexError):
            return self._idle.pop()
        handle = pycurl.Curl()
        self._handles.append(handle)
        for option, value in (
            (pycurl.CAINFO, self._authorities),
            (pycurl.NOPROXY, ""),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.MAXFILESIZE, MAX_ANSWER_BYTES),
            (pycurl.DNS_CACHE_TIMEOUT, DNS_CACHE_SECONDS),
            (pycurl.NOSIGNAL, 1),
            (pycurl.TCP_NODELAY, 1),
            (pycurl.UPLOAD_BUFFERSIZE, UPLOAD_BUFFER_BYTES),
            (pycurl.TCP_KEEPALIVE, 1),
        ):
            handle.setopt(option, value)
        return handle

    def start(self, exchange: _Exchange) -> None:
        """Raises CallError where the loop has ended meanwhile."""
        with self._lock:
            if self.broken:
                raise CallError("ConnectionClosedError", "the thread of calls has ended", unknown=False)
            self._new.append(exchange)
        with suppress(OSError):  # full: it will wake anyway; or it has just ended, and told the exchange
            self._wake.send(b"\0")

    def _watch(self, what: int, descriptor: int, _multi: object, _data: object) -> None:
        try:
            known = descriptor in self._selector.get_map()
            if what == pycurl.POLL_REMOVE:
                if known:
                    self._selector.unregister(descriptor)
                return
            events = (selectors.EVENT_READ if what & pycurl.POLL_IN else 0) | (
                selectors.EVENT_WRITE if what & pycurl.POLL_OUT else 0
            )
            if known:
                self._selector.modify(descriptor, events)
            else:
                self._selector.register(descriptor, events)
        except Exception as error:  # noqa: BLE001 (pycurl would print it and go on without the socket)
            self._error = error

    def _set_deadline(self, milliseconds: int) -> None:
        self._deadline = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _run(self) -> None:
        try:
            while True:
                self._turn()
        except Exception as error:  # noqa: BLE001 (whatever it is, nobody may be left waiting)
            self._break(error)

    def _turn(self) -> None:
        patience = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        for key, events in self._selector.select(patience):
            if key.fileobj is self._woken:
                self._woken.recv(4096)
                continue
            bits = (pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0) | (
                pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
            )
            self._multi.socket_action(key.fd, bits)
        while self._new:
            exchange = self._new.popleft()
            self._running[exchange.handle] = exchange
            self._multi.add_handle(exchange.handle)
        if self._deadline is not None and self._deadline <= time.monotonic():
            self._deadline = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._finish()
        if self._error is not None:
            raise self._error

    def _break(self, error: Exception) -> None:
        with self._lock:
            self.broken = True
            waiting = [*self._running.values(), *self._new]
        for exchange in waiting:
            text = f"the thread of calls failed: {type(error).__name__}"
            _tell(exchange, CallError("ConnectionClosedError", text, unknown=True))
        self._say_broken(error)
        self.close()

    def close(self) -> None:
        """Closes every connection. Only the thread itself calls it, at its end."""
        for handle in self._running:
            with suppress(pycurl.error):
                self._multi.remove_handle(handle)
        self._multi.close()
        self._selector.close()
        self._woken.close()
        self._wake.close()

    def _finish(self) -> None:
        waiting = 1
        while waiting:
            waiting, succeeded, failed = self._multi.info_read()
            for handle in succeeded:
                exchange = self._running[handle]
                response = Response(
                    handle.getinfo(pycurl.RESPONSE_CODE),
                    int(handle.getinfo(pycurl.CONTENT_LENGTH_DOWNLOAD_T)),
                    exchange.headers,
                    b"".join(exchange.body),
                )
                self._release(exchange, response)
            for handle, code, text in failed:
                exchange = self._running[handle]
                self._release(exchange, CallError(_name(code), first_line(text), unknown=exchange.sent))

    def _release(self, exchange: _Exchange, result: Response | CallError) -> None:
        handle = exchange.handle
        self._multi.remove_handle(handle)
        handle.unsetopt(pycurl.PREREQFUNCTION)
        handle.unsetopt(pycurl.PASSWORD)
        exchange.handle = None
        self._idle.append(handle)
        del self._running[handle]  # only now: until then a failure here ends its call too
        _tell(exchange, result)


def _tell(exchange: _Exchange, result: Response | CallError) -> None:
    try:
        exchange.then(result)
    except Exception:
        logger.exception("what follows an answer of AWS failed, which is a defect; other calls go on")


_NAMES = {
    pycurl.E_COULDNT_RESOLVE_PROXY: "ProxyConnectionError",
    pycurl.E_COULDNT_RESOLVE_HOST: "EndpointConnectionError",
    pycurl.E_COULDNT_CONNECT: "EndpointConnectionError",
    pycurl.E_OPERATION_TIMEDOUT: "TimeoutError",
    pycurl.E_PEER_FAILED_VERIFICATION: "SSLError",
    pycurl.E_SSL_CACERT_BADFILE: "SSLError",
    pycurl.E_SSL_CONNECT_ERROR: "SSLError",
    pycurl.E_FILESIZE_EXCEEDED: "UnexpectedAnswer",
}


def _name(code: int) -> str:
    return _NAMES.get(code, "ConnectionClosedError")
