"""HTTP without TLS to what stands beside this process: the container's credentials, the ECS agent, the collector. On libcurl, which is loaded anyway.

`http.client` would bring `ssl` and `email`, which cost a start 20 ms and 5 MB; requests another 6 MB. No proxy, no redirect.

A main thread that waits here gets no signal meanwhile: only its first look for credentials does, for two seconds at most, before it handles any.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import pycurl

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ANSWER_BYTES = 65_536
"""What is longer is not theirs."""


class PlainHttpError(Exception):
    """No answer came, or not all of it; the request may have taken effect. The text shows neither headers nor bodies."""


class Answer(NamedTuple):
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PlainHttp:
    """One connection, kept open where the peer keeps it. One thread at a time; not for a child of a fork."""

    def __init__(self) -> None:
        self._handle = pycurl.Curl()
        for option, value in (
            (pycurl.PROXY, ""),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.MAXFILESIZE, MAX_ANSWER_BYTES),
            (pycurl.NOSIGNAL, 1),
        ):
            self._handle.setopt(option, value)

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, seconds: float
    ) -> Answer:
        """One request and its answer, within `seconds`.

        Raises:
            PlainHttpError: see there.
        """
        chunks: list[bytes] = []
        lines: list[bytes] = []
        for option, value in (
            (pycurl.URL, url),
            (pycurl.HTTPGET, 1),
            *(() if body is None else ((pycurl.POSTFIELDS, body),)),
            (pycurl.CUSTOMREQUEST, method),
            (pycurl.HTTPHEADER, ["Expect:", *(f"{name}: {value}" for name, value in headers.items())]),
            (pycurl.TIMEOUT_MS, max(1, int(seconds * 1000))),
            (pycurl.WRITEFUNCTION, chunks.append),
            (pycurl.HEADERFUNCTION, lines.append),
        ):
            self._handle.setopt(option, value)
        try:
            self._handle.perform()
        except pycurl.error as error:
            raise PlainHttpError(str(error.args[-1])) from None
        pairs = (line.decode("latin-1").partition(":") for line in lines)
        return Answer(
            self._handle.getinfo(pycurl.RESPONSE_CODE),
            {name.lower(): value.strip() for name, _, value in pairs},
            b"".join(chunks),
        )

    def close(self) -> None:
        """Ends the connection, if no thread waits on it."""
        with suppress(pycurl.error):
            self._handle.close()


def ask(method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, seconds: float) -> Answer:
    """One request over a connection of its own. Raises PlainHttpError."""
    http = PlainHttp()
    try:
        return http.request(method, url, headers=headers, body=body, seconds=seconds)
    finally:
        http.close()
