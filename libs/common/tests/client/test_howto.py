"""The code of the how-to does what its text says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from .conftest import KEYS, Stack

HOWTO = Path(__file__).parents[4] / "docs/howto"


Follow = Callable[[str], None]


@pytest.fixture
def follow(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follow]:
    """Runs the code of a page, with boto3 at the local AWS."""
    clients = []

    class Session:
        """boto3's, at the local AWS."""

        def client(self, service: str) -> object:
            clients.append(boto3.client(service, endpoint_url=stack.clients("sqs").meta.endpoint_url, **KEYS))  # type: ignore[call-overload]
            return clients[-1]

    monkeypatch.setattr(boto3, "Session", Session)
    monkeypatch.setenv("JOBS_PROJECT", stack.project)
    monkeypatch.setenv("JOBS_ENVIRONMENT", "dev")

    def run(name: str) -> None:
        code = "\n".join(re.findall(r"^```python\n(.*?)^```", (HOWTO / name).read_text(), re.DOTALL | re.MULTILINE))
        exec(compile(code, name, "exec"), {})

    yield run
    for client in clients:
        client.close()  # type: ignore[attr-defined]


def test_the_code_of_the_how_to_runs_as_it_stands(follow: Follow, capsys: pytest.CaptureFixture[str]) -> None:
    follow("send-jobs-from-your-code.md")
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == ["queued 0", f"{said[0]} queued", "queued"]


def test_what_the_how_to_says_of_unique_jobs_holds(stack: Stack, follow: Follow) -> None:
    follow("unique-jobs.md")
    assert [(body["uniqueKey"], body.get("uniqueSeconds")) for body in stack.bodies()] == [
        ("order-17", None),
        ("order-17", 3600),
    ]
