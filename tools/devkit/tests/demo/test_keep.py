"""The commands printed by a kept demo: they reach only the local AWS, whatever the user's own settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from devkit.demo.flow import Findings
from devkit.demo.report import kept_commands
from devkit.services import TRIGGERS, QueuePair, Resources
from localaws.aws import LocalAws

ENDPOINT = "http://127.0.0.1:1"
SPY = """#!/bin/sh
echo "profile=${AWS_PROFILE-unset} token=${AWS_SESSION_TOKEN-unset} key=$AWS_ACCESS_KEY_ID config=$AWS_CONFIG_FILE $1 $2"
"""


def pair(name: str) -> QueuePair:
    return QueuePair(name, f"{ENDPOINT}/1/{name}", f"{name}-dlq", f"{ENDPOINT}/1/{name}-dlq")


@pytest.mark.slow
def test_every_command_runs_with_the_local_endpoint_and_none_of_the_persons_credentials(tmp_path: Path) -> None:
    spy = tmp_path / "aws"
    spy.write_text(SPY)
    spy.chmod(0o755)
    text = kept_commands(
        Resources(LocalAws(ENDPOINT), {TRIGGERS: pair("triggers"), "background-jobs": pair("jobs")}, "logs", ENDPOINT),
        Findings([], [], [], set(), []),
    )
    commands = text[text.index("demo_aws() {") :]
    environ = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "secret",
    }
    ran = subprocess.run(
        ["sh", "-e", "-c", commands], env=environ, capture_output=True, text=True, check=True, timeout=10
    )
    expected = f"profile=unset token=unset key=testing config=/dev/null --endpoint-url {ENDPOINT}"
    assert ran.stdout.splitlines() == [expected] * 6
