"""The code of the how-to does what its text says."""

from __future__ import annotations

import re
from pathlib import Path

import boto3
import pytest

from .conftest import KEYS, Stack

PAGE = Path(__file__).parents[4] / "docs/howto/send-jobs-from-your-code.md"


def test_the_code_of_the_how_to_runs_as_it_stands(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clients = []

    class Session:
        """boto3's, at the local AWS."""

        def client(self, service: str) -> object:
            clients.append(boto3.client(service, endpoint_url=stack.clients("sqs").meta.endpoint_url, **KEYS))  # type: ignore[call-overload]
            return clients[-1]

    monkeypatch.setattr(boto3, "Session", Session)
    monkeypatch.setenv("JOBS_PROJECT", stack.project)
    monkeypatch.setenv("JOBS_ENVIRONMENT", "dev")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE))
    exec(compile(code, PAGE.name, "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == ["queued 0", f"{said[0]} queued", "queued"]
    for client in clients:
        client.close()  # type: ignore[attr-defined]
