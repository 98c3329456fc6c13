"""A job type that was forgotten in a table is told where it is sent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from devkit.tables import read_tables
from jobctl.checkout import REPOSITORY


def trigger(**fields: object) -> str:
    return json.dumps({"trigger": "test", **fields})


SENT = """

def split(data, context):
    context.send_job("join", {})
    context.send_job("simulate", {})
    context.batch([("bill", {}, one) for one in data], then=("close", {}))
    context.batch([("simulate", {}), *(("ship", {}) for _ in data), (data["type"], {})], then=("simulate", {}))
    context.step("batch", split, [("no job", {})])
"""


@pytest.mark.slow
def test_a_type_of_a_trigger_of_send_job_or_of_a_batch_without_a_line_where_it_goes_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [trigger(), trigger(jobType="simulate"), trigger(jobType="none", triggerBackgroundJob=False), "no JSON"]
    assert read_tables().forgotten(known) == []

    package = tmp_path / "background_job"
    shutil.copytree(REPOSITORY / "services/background-job/src/background_job", package)
    with (package / "handlers.py").open("a") as handlers:
        handlers.write(SENT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    *of_a_service, of_a_trigger = sorted(
        read_tables().forgotten([*known, trigger(jobType="report"), trigger(jobType="report")]),
        key=lambda text: text.startswith("report"),
    )
    assert sorted(text.partition(":")[0] for text in of_a_service) == ["bill", "close", "join", "ship"]
    [of_send_job] = [text for text in of_a_service if text.startswith("join")]
    assert of_a_trigger.startswith(
        "report: main-job sends it to background-jobs, and background-job has no line for it (it has "
    )
    assert of_send_job.startswith(
        "join: background-job sends it to background-jobs, and background-job has no line for it (it has "
    )
    assert "Add the line in services/background-job/src/background_job/jobs.py, or a route" in of_send_job

    (package / "jobs.py").write_text("import no_such_module\n")
    assert read_tables().forgotten([trigger(jobType="report")]) == []  # it does not start, and says why
