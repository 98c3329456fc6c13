"""That a paused service stops receiving though ECS spares its task, and that no trouble with ECS stops work. Real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING

import pytest

from .flow import JOBS, until
from .serving import serving

if TYPE_CHECKING:
    from .flow import Flow
    from .worker import Worker

ARN = "arn:aws:ecs:us-east-1:123456789012:service/c/s"
PAUSE_SECONDS = 60
LONG_SECONDS = 30
"""Longer than the time between two questions, so that the pause is seen while the job runs."""


class Platform:
    """The ECS agent, which grants protection, and ECS, which says `desired`, or what stands in `answer`, or nothing while `hangs` is set."""

    def __init__(self) -> None:
        self.desired = 1
        self.answer: bytes | None = None
        self.hangs = Event()
        self.asked: SimpleQueue[None] = SimpleQueue()
        self.protections: SimpleQueue[bool] = SimpleQueue()
        self.url = ""

    def settings(self) -> dict[str, str]:
        return {
            "ECS_AGENT_URI": f"{self.url}/api",
            "AWS_ENDPOINT_URL_ECS": self.url,
            "ECS_SERVICE_ARN": ARN,
            "PROTECTION_AFTER_SECONDS": "0",
        }


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform, over = Platform(), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            enabled = self._body()["ProtectionEnabled"]
            platform.protections.put(enabled)
            self._tell(json.dumps({"protection": {"ProtectionEnabled": enabled}}).encode())

        def do_POST(self) -> None:
            self._body()
            platform.asked.put(None)
            if platform.hangs.is_set():
                over.wait()
            told = {"services": [{"serviceArn": ARN, "desiredCount": platform.desired}]}
            self._tell(platform.answer or json.dumps(told).encode())

        def _body(self) -> dict[str, object]:
            found: dict[str, object] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            return found

        def _tell(self, answer: bytes) -> None:
            with suppress(ConnectionError):
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            """Silent."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        platform.url = f"http://127.0.0.1:{server.server_port}"
        yield platform
        over.set()


def protected(flow: Flow, platform: Platform, seconds: float) -> Worker:
    """A worker in the midst of a long job, which ECS spares and which has asked once."""
    worker = flow.start("stubborn-background", **platform.settings())
    flow.job("main-job-processing", number=0, seconds=seconds)
    assert platform.protections.get(timeout=60) is True
    platform.asked.get(timeout=60)
    return worker


def short_jobs(flow: Flow, count: int) -> None:
    for number in range(count):
        flow.job("main-job-processing", number=number + 1, seconds=0)


def test_a_protected_task_of_a_paused_service_receives_nothing_more_ends_its_job_and_goes_on_when_it_is_resumed(
    flow: Flow, platform: Platform
) -> None:
    worker = protected(flow, platform, LONG_SECONDS)
    short_jobs(flow, 3)
    worker.wait_for_message("job done", count=3)
    platform.desired = 0
    worker.wait_for(lambda line: str(line.get("message")).startswith("paused:"), seconds=PAUSE_SECONDS)
    (long,) = worker.wait_for(lambda line: line.get("message") == "job done" and float(line["seconds"]) >= LONG_SECONDS)
    assert long["outcome"] == "done"
    # Given up once nothing is held and no poll is in flight: what comes now is received by nobody.
    assert platform.protections.get(timeout=60) is False
    short_jobs(flow, 5)
    platform.asked.get(timeout=60)
    platform.asked.get(timeout=60)
    assert flow.counts(JOBS) == {"visible": 5, "in_flight": 0, "delayed": 0}
    platform.desired = 1
    worker.wait_for_message("job done", count=9)
    worker.terminate()
    assert worker.end() == 0


@pytest.mark.parametrize("answer", [None, b"<html>"])
def test_whatever_ecs_answers_that_is_no_pause_work_goes_on(
    flow: Flow, platform: Platform, answer: bytes | None
) -> None:
    platform.answer = answer
    if answer is None:
        platform.hangs.set()
    worker = protected(flow, platform, 4)
    short_jobs(flow, 20)
    worker.wait_for_message("job done", count=21)
    until(lambda: flow.held(JOBS) == 0, "all is settled")
    worker.terminate()
    assert worker.end() == 0
