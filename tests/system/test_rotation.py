"""Credentials that cannot be renewed for a while: the worker says so a few times, without stack traces, and goes on when they can. A real process.

The server stands for ECS's credentials endpoint: http://169.254.170.2 and what `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` names, for a task.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from .flow import TRIGGERS, Flow, until
from .serving import serving

EXPIRES = timedelta(seconds=4)
"""Renewed at half their time."""


class Endpoint(BaseHTTPRequestHandler):
    works: ClassVar[bool] = True
    asked: ClassVar[int] = 0
    token: ClassVar[str] = "FwoGEXAMPLETOKEN"

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200 if self.works else 500)
        self.end_headers()
        if self.works:
            said = {
                "AccessKeyId": "testing",
                "SecretAccessKey": "testing",
                "Token": self.token,
                "Expiration": (datetime.now(UTC) + EXPIRES).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            self.wfile.write(json.dumps(said).encode())

    def log_message(self, *said: object) -> None:
        """Says nothing."""


@pytest.fixture
def rotating(flow: Flow) -> Iterator[dict[str, str]]:
    """The environment of a worker whose credentials come from the endpoint."""
    Endpoint.works, Endpoint.asked, Endpoint.token = True, 0, "FwoGEXAMPLETOKEN"
    environ = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "")
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)) as server:
        yield environ | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{server.server_port}/"}


def test_a_rotation_that_fails_for_a_while_is_told_without_stack_traces_and_survived(
    flow: Flow, rotating: dict[str, str]
) -> None:
    worker = flow.start("main_job", **rotating)
    worker.wait_for_message("consuming")
    until(lambda: flow.calls("ReceiveMessage").get("calls", 0) >= 2, "it polls")
    asked = Endpoint.asked
    Endpoint.works = False
    (told,) = worker.wait_for(lambda line: "credentials could not be renewed" in str(line.get("message")))
    assert told["level"] == "WARNING"
    until(lambda: Endpoint.asked > asked + 2, "it tries again")
    Endpoint.works = True
    worker.wait_for(lambda line: "credentials are renewed again" in str(line.get("message")))
    flow.trigger()
    until(lambda: not flow.held(TRIGGERS), "it goes on")
    worker.terminate()
    assert worker.end() == 0
    said = json.dumps(worker.lines)
    assert "EXAMPLETOKEN" not in said
    assert "Traceback" not in said
    assert len([line for line in worker.lines if line.get("level") in ("WARNING", "ERROR")]) <= 3, worker.lines


def test_credentials_that_cannot_be_sent_are_told_at_the_start_and_not_shown(
    flow: Flow, rotating: dict[str, str]
) -> None:
    Endpoint.token = "Fwo\nGEXAMPLETOKEN"
    worker = flow.start("background_job", **rotating)
    assert worker.end() == 69
    (line,) = worker.lines
    assert "a credential holds a line end" in line["raw"]
    assert "EXAMPLETOKEN" not in line["raw"]
