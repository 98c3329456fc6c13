"""`docs/howto/add-a-service.md`, followed in a copy of the repository: its service is installed and tested there, and does a job that the main job
sent it and one from outside.

Needs the package index, for the versions in the lock.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from devkit.howto import apply_all
from devkit.infra_check.new_service import PAGE, QUEUE, SERVICE
from devkit.infra_check.values import further_services
from jobctl.checkout import STACK, TERRAFORM

from .flow import JOBS, JOBS_DLQ, TRIGGERS, Flow, until
from .howto import ROOT, UV, checkout, run
from .worker import Worker

pytestmark = [
    pytest.mark.skipif(not UV, reason="uv is not installed"),
    pytest.mark.skipif(
        bool(further_services(ROOT / TERRAFORM / STACK)), reason="this checkout has services of its own"
    ),
    pytest.mark.timeout(600),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository with the service of the page."""
    folder = checkout(tmp_path / "copy")
    output = run(folder, sys.executable, "-m", "devkit.new_service", SERVICE)
    changed = {line.split()[1] for line in output.splitlines() if line.startswith(("made ", "changed "))}
    assert {"services/report-job/src/report_job/handlers.py", "infra/terraform/stack/main.tf", "uv.lock"} <= changed
    apply_all(ROOT / PAGE, folder)
    return folder


def test_the_service_of_the_page_is_installed_and_tested_and_does_jobs_of_the_main_job_and_from_outside(
    copy: Path, flow: Flow
) -> None:
    venv = copy / "venv"
    options = ("--locked", "--quiet", f"--python={sys.executable}", "--all-packages", "--group=test", "--group=imports")
    run(copy, UV, "sync", *options, UV_PROJECT_ENVIRONMENT=str(venv), UV_PYTHON_DOWNLOADS="never")
    tests = ("services/report-job/tests", "services/main-job/tests")
    run(copy, venv / "bin/pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert "0 broken" in run(copy, venv / "bin/lint-imports", "--no-cache")

    variable = QUEUE.upper().replace("-", "_")
    urls = {f"{variable}_QUEUE_URL": flow.urls[JOBS], f"{variable}_DLQ_URL": flow.urls[JOBS_DLQ]}
    others = {"BACKGROUND_JOBS_QUEUE_URL": flow.sqs.create_queue(QueueName="others")["QueueUrl"]}
    workers = [
        Worker(name, [str(venv / "bin" / name)], flow.environ(HEALTH_FILE=copy / name, **urls, **others))
        for name in ("main-job", SERVICE)
    ]
    try:
        flow.trigger(jobType="example", data={"subject": "along the route"})
        flow.send(JOBS, json.dumps({"jobType": "example", "data": {"subject": "from outside"}}))
        until(lambda: len(completed(flow)) == 2, "their logs say so")
        for worker in workers:
            worker.terminate()
            assert worker.end() == 0
    finally:
        for worker in workers:
            worker.kill()
    assert completed(flow) == {"along the route", "from outside"}
    assert flow.held(TRIGGERS, JOBS, JOBS_DLQ, "others") == 0


def completed(flow: Flow) -> set[str]:
    """The subjects of the jobs that are done."""
    return {event["subject"] for _, event in flow.log_events() if event.get("event") == "job.completed"}
