"""`docs/howto/add-a-service.md`, followed in a copy of the repository: its service is installed, tested and does a job there.

Needs the package index, for the versions in the lock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .flow import JOBS, JOBS_DLQ, Flow, until
from .worker import Worker

ROOT = Path(__file__).parents[2]
UV = os.environ.get("UV") or shutil.which("uv") or ""

pytestmark = [pytest.mark.skipif(not UV, reason="uv is not installed"), pytest.mark.timeout(600)]


def run(folder: Path, *command: str | Path, **environ: str) -> str:
    """The output of a command that must succeed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        command, cwd=folder, env={**kept, "UV": UV, **environ}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What git knows, committed or not, with the service of the page."""
    folder = tmp_path / "copy"
    for name in run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    output = run(folder, sys.executable, "-m", "devkit.new_service", "example-job")
    changed = {line.split()[1] for line in output.splitlines() if line.startswith(("made ", "changed "))}
    assert {"services/example-job/src/example_job/handlers.py", "infra/terraform/stack/main.tf", "uv.lock"} <= changed
    return folder


def test_the_new_service_is_installed_from_the_lock_passes_tests_and_import_contracts_and_does_a_job(
    copy: Path, flow: Flow
) -> None:
    venv = copy / "venv"
    options = ("--locked", "--quiet", f"--python={sys.executable}", "--all-packages", "--group=test", "--group=imports")
    run(copy, UV, "sync", *options, UV_PROJECT_ENVIRONMENT=str(venv), UV_PYTHON_DOWNLOADS="never")
    tests = run(copy, venv / "bin/pytest", "-q", "-p", "no:cacheprovider", "services/example-job/tests")
    assert "2 passed" in tests
    assert "0 broken" in run(copy, venv / "bin/lint-imports", "--no-cache")

    urls = {"EXAMPLE_JOBS_QUEUE_URL": flow.urls[JOBS], "EXAMPLE_JOBS_DLQ_URL": flow.urls[JOBS_DLQ]}
    worker = Worker("example-job", [str(venv / "bin/example-job")], flow.environ(HEALTH_FILE=copy / "health", **urls))
    try:
        flow.send(JOBS, json.dumps({"jobType": "example", "data": {"originalTrigger": {"data": {"subject": "acme"}}}}))
        until(lambda: any(event.get("event") == "job.completed" for _, event in flow.log_events()), "its log says so")
        worker.terminate()
        assert worker.end() == 0
    finally:
        worker.kill()
    (completed,) = [event for _, event in flow.log_events() if event.get("event") == "job.completed"]
    assert completed["subject"] == "acme"
    assert flow.held(JOBS, JOBS_DLQ) == 0
