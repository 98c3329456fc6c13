"""OpenTelemetry's OTLP exporters over HTTP on libcurl: to a collector beside this process, without TLS and proxy, in their threads.

Their own way is requests: 6 MB, and 100 ms in the first second of a process. They have no public way to another one yet: an exporter takes it
as `_transport`, and its classes are those of `transport._base`. A test of the setup fails where that changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry.exporter.http.transport._base import BaseHTTPResult, BaseHTTPTransport

from jobqueue.plain_http import Answer, PlainHttp, PlainHttpError

MAX_SECONDS = 10.0
"""OTEL_EXPORTER_OTLP_TIMEOUT's default."""


@dataclass(frozen=True, slots=True)
class PlainResult(BaseHTTPResult):
    """What came of one request."""

    answer: Answer | None = None

    def content(self) -> bytes:
        """See OpenTelemetry."""
        return b"" if self.answer is None else self.answer.body

    def headers(self) -> Mapping[str, str]:
        """By names in lower case, as the exporters ask for them."""
        return {} if self.answer is None else self.answer.headers


class PlainTransport(BaseHTTPTransport):
    """Used by one exporter, one thread at a time."""

    def __init__(self) -> None:
        self._http = PlainHttp()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
        data: bytes | None = None,
    ) -> BaseHTTPResult:
        """See OpenTelemetry, whose exporters always name a timeout."""
        seconds = MAX_SECONDS if timeout is None else timeout
        try:
            answer = self._http.request(method, url, headers=headers or {}, body=data, seconds=seconds)
        except PlainHttpError as error:
            return PlainResult(error=error)
        return PlainResult(status_code=answer.status, reason=f"HTTP {answer.status}", answer=answer)

    def close(self) -> None:
        """See OpenTelemetry."""
        self._http.close()

    def is_connection_error(self, exception: Exception | None) -> bool:
        """Whether the exporter may try again."""
        return isinstance(exception, PlainHttpError)
