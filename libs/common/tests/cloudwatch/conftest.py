"""A tiny CloudWatch Logs on the loopback interface, and a job log that talks to it."""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest

from jobqueue.aws.service import LOGS, BegunCalls, Protocol
from jobqueue.aws.session import Session
from jobqueue.cloudwatch.calls import CALL_SECONDS
from jobqueue.cloudwatch.job_logs import CloudWatchJobLogs
from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.line_writer import LineWriter
from jobqueue.messages.job import Job
from jobqueue.messages.job_id import new_job_id

WAIT_SECONDS = 10
GROUP = "/jobs/test"


@dataclass
class Answer:
    """What the server says next instead of obeying. `code` None: it obeys. It answers only when `released`, and not at all when `cut`; `raw` is
    what it sends as the body, having done nothing.
    """

    code: str | None = None
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    released: threading.Event | None = None
    cut: bool = False
    raw: bytes | None = None


@dataclass
class LogsServer:
    """Streams and their events; records every call as (operation, stream)."""

    endpoint: str = ""
    streams: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    arrived: "Queue[tuple[str, str]]" = field(default_factory=Queue)
    answers: dict[str, deque[Answer]] = field(
        default_factory=lambda: {"CreateLogStream": deque(), "PutLogEvents": deque()}
    )
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    choose: Callable[[str], Answer | None] = lambda operation: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def will(self, operation: str, *answers: Answer) -> None:
        self.answers[operation].extend(answers)

    def next_call(self) -> tuple[str, str]:
        """Waits for the next call; fails the test where none comes."""
        return self.arrived.get(timeout=WAIT_SECONDS)

    def events(self, stream: str) -> list[dict[str, Any]]:
        return [json.loads(event["message"]) for event in self.streams[stream]]

    def steps(self, stream: str) -> list[str]:
        return [event["message"] for event in self.events(stream)]

    def handle(self, operation: str, request: dict[str, Any]) -> tuple[int, bytes] | None:
        name = request["logStreamName"]
        with self.lock:
            self.calls.append((operation, name))
            answer = self.answers[operation].popleft() if self.answers[operation] else self.choose(operation)
        self.arrived.put((operation, name))
        if answer is not None and answer.released is not None:
            answer.released.wait(WAIT_SECONDS)
        if answer is not None and answer.raw is not None:
            return answer.status or 200, answer.raw
        if answer is not None and answer.code is not None:
            return answer.status or 400, json.dumps(
                {"__type": answer.code, "message": f"{answer.code} for {name}"}
            ).encode()
        status, body = self.obey(operation, name, request)
        if answer is not None:
            body |= answer.body
        if operation == "CreateLogStream" and not body:
            return status, b""  # as AWS does
        return None if answer is not None and answer.cut else (status, json.dumps(body).encode())

    def obey(self, operation: str, name: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if operation == "CreateLogStream":
                if name in self.streams:
                    return 400, {"__type": "ResourceAlreadyExistsException", "message": "it exists"}
                self.streams[name] = []
            elif name not in self.streams:
                return 400, {
                    "__type": "ResourceNotFoundException",
                    "message": "The specified log stream does not exist.",
                }
            else:
                self.batches.append(request["logEvents"])
                self.streams[name].extend(request["logEvents"])
        return 200, {}


@pytest.fixture
def server() -> Iterator[LogsServer]:
    logs = LogsServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = logs.handle(self.headers["X-Amz-Target"].rpartition(".")[2], request)
            if answer is None:
                self.close_connection = True
                return
            status, body = answer
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n"
            with suppress(ConnectionError):  # the caller may have given up
                self.wfile.write(head.encode() + body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        http.block_on_close = False
        logs.endpoint = f"http://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield logs
        http.shutdown()
        thread.join()


def calls_to(endpoint: str, protocol: Protocol = LOGS) -> BegunCalls:
    environ = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_ENDPOINT_URL": endpoint}
    return Session("us-east-1", environ).service(protocol, seconds=CALL_SECONDS)


class Desk:
    """A job log under test, what it counted, and what it wrote to stdout."""

    def __init__(self, endpoint: str, settings: dict[str, Any], **options: Any) -> None:
        settings = {"job_log_group": GROUP, "job_log_streams_per_second": 1000.0, **settings}
        self.settings = JobLogSettings(**settings)
        self._out = os.memfd_create("stdout")
        self.lines = LineWriter(lambda said: f"{said}\n".encode(), os.dup(self._out))
        self.overflowed = Count()
        self.lost = Count()
        self.calls = calls_to(endpoint)
        self.logs = CloudWatchJobLogs(
            self.calls,
            self.settings,
            task="task-1",
            on_overflow=self.overflowed,
            on_undelivered=self.lost,
            lines=self.lines,
            **options,
        )

    def run(self, *steps: str, attempt: int = 1, job: Job | None = None) -> "Confirmation":
        """A short job: writes its steps and ends."""
        job = job or a_job()
        log = self.logs.open(job, attempt)
        for step in steps:
            log.write("INFO", step)
        confirmation = Confirmation(job)
        log.finish(confirmation)
        return confirmation

    def undelivered(self) -> list[dict[str, Any]]:
        assert self.lines.flush(60.0)
        return [json.loads(line) for line in os.pread(self._out, 1 << 30, 0).splitlines()]

    def close(self) -> None:
        self.logs.flush(0)
        self.lines.close()
        os.close(self._out)


class Count:
    """A counter's callback, and a signal that it was called."""

    def __init__(self) -> None:
        self.total = 0
        self._changed = threading.Condition()

    def __call__(self, count: int) -> None:
        with self._changed:
            self.total += count
            self._changed.notify_all()

    def wait(self, total: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.total >= total, WAIT_SECONDS), f"{self.total} of {total} counted"


class Confirmation:
    """A job's `then`, which counts its calls."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.calls = 0
        self._called = threading.Event()

    def __call__(self) -> None:
        self.calls += 1
        self._called.set()

    @property
    def came(self) -> bool:
        return self._called.is_set()

    def wait(self) -> None:
        assert self._called.wait(WAIT_SECONDS), "`then` was not called"


def a_job(job_id: str | None = None, correlation_id: str = "abc") -> Job:
    return Job(job_id or new_job_id(), correlation_id, "resize", data={}, body={})


@pytest.fixture
def new_job() -> Callable[..., Job]:
    return a_job


@pytest.fixture
def new_confirmation() -> Callable[[Job], Confirmation]:
    return Confirmation


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def new_desk(server: LogsServer) -> Iterator[Callable[..., Desk]]:
    """Makes a job log on the tiny server."""
    desks: list[Desk] = []

    def make(*, trace_id: Callable[[], str] = str, **settings: Any) -> Desk:
        desks.append(Desk(server.endpoint, settings, trace_id=trace_id))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()
