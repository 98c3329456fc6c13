"""`docs/howto/add-a-job-type.md`, followed in a copy of the services: its test runs there, its trigger takes the real way."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.howto import FENCE

from .flow import TRIGGERS, Flow, until
from .howto import ROOT, Copy, follow

PAGE = ROOT / "docs/howto/add-a-job-type.md"


@pytest.fixture
def followed(tmp_path: Path) -> Copy:
    assert len(FENCE.findall(PAGE.read_text())) == 4
    return follow(PAGE, tmp_path)


def test_the_tests_of_the_how_to_pass_where_it_was_followed(followed: Copy) -> None:
    assert followed.tested().count("PASSED services/background-job/tests/test_send_report.py::") == 2


def test_the_trigger_of_the_how_to_becomes_a_completed_job(followed: Copy, flow: Flow) -> None:
    main = flow.start("main_job", PYTHONPATH=followed.python_path)
    background = flow.start("background_job", PYTHONPATH=followed.python_path)
    (trigger,) = (followed.root / "triggers.jsonl").read_text().splitlines()
    flow.send(TRIGGERS, trigger)
    until(lambda: any(event.get("event") == "job.completed" for _, event in flow.log_events()), "the job's log says so")
    told = [{name: event.get(name) for name in ("message", "month", "pages")} for _, event in flow.log_events()]
    assert told[1] == {"message": "rendering", "month": "2026-01", "pages": None}
    assert told[2] == {"message": "completed", "month": None, "pages": 3}
    for worker in (main, background):
        worker.terminate()
        assert worker.end() == 0


def test_the_how_to_costs_ten_lines_of_code() -> None:
    texts = [fence["text"] for fence in FENCE.finditer(PAGE.read_text()) if fence["order"].startswith("add-to=")]
    assert sum(bool(line.strip()) for text in texts for line in text.splitlines()) <= 10
