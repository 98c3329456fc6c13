"""`docs/howto/add-a-job-type.md`, followed in a copy of the services: its test runs there, its trigger takes the real way.

A comment above a fence says what to do with it: `add-to=PATH` (at the end, or under the line that `below=LINE` gives), or `new=PATH`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from .flow import TRIGGERS, Flow, until

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/howto/add-a-job-type.md"
FENCE = re.compile(r"^<!-- (?P<order>.*?) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ORDER = re.compile(r"(?P<verb>add-to|new)=(?P<path>\S+)(?: below=(?P<below>.+))?")


class Copy(NamedTuple):
    """The services after the how-to was followed."""

    root: Path

    @property
    def python_path(self) -> str:
        """The copy's sources, to be found before those that are installed."""
        return os.pathsep.join(str(path) for path in sorted(self.root.glob("services/*/src")))


def apply(root: Path, order: str, text: str) -> None:
    told = ORDER.fullmatch(order)
    assert told is not None, f"a fence without an order: {order!r}"
    path = root / told["path"]
    if told["verb"] == "new":
        assert not path.exists(), f"{path} is not new"
        path.write_text(text)
        return
    before = path.read_text()
    if told["below"] is None:
        path.write_text(f"{before}\n\n{text}")
        return
    lines = before.splitlines(keepends=True)
    (place,) = [number for number, line in enumerate(lines) if line.strip() == told["below"]]
    path.write_text("".join([*lines[: place + 1], text, *lines[place + 1 :]]))


@pytest.fixture
def followed(tmp_path: Path) -> Copy:
    ignored = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")
    shutil.copytree(ROOT / "services", tmp_path / "services", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    fences = list(FENCE.finditer(PAGE.read_text()))
    assert len(fences) == 4
    for fence in fences:
        apply(tmp_path, fence["order"], fence["text"])
    return Copy(tmp_path)


def test_the_tests_of_the_how_to_pass_where_it_was_followed(followed: Copy) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-rp", "-p", "no:cacheprovider", "services/background-job/tests"]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": followed.python_path}
    ran = subprocess.run(command, cwd=followed.root, env=environ, capture_output=True, text=True, timeout=100)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("PASSED services/background-job/tests/test_send_report.py::") == 2, ran.stdout


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
