"""The inner loop as a person uses it: real processes, a typed job, saved files, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from devkit.dev.sources import concerned, sources_of, watched
from jobctl.checkout import REPOSITORY

WAIT_SECONDS = 90


class Loop:
    """`python -m devkit.dev`, its output read as it comes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devkit.dev", "--port=0"],
            env={**os.environ, "PYTHONUNBUFFERED": "1", "AWS_PROFILE": "production"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def read_to(self, word: str) -> str:
        """Reads to the line with this word, and gives it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if word in line:
                return line
        raise AssertionError(f"no {word!r} in:\n{''.join(self.lines)}")

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        print(line, file=self.process.stdin, flush=True)


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.process.kill()
    loop.process.communicate()


@pytest.mark.slow
@pytest.mark.timeout(WAIT_SECONDS + 60)
def test_a_typed_job_is_done_a_saved_file_starts_its_service_anew_and_ctrl_c_leaves_nothing(loop: Loop) -> None:
    loop.read_to("Type a job")
    loop.type('simulate {"seconds": 0.01}')
    job_id = loop.read_to("sent: job ").split()[-1]
    assert job_id in loop.read_to("completed")
    loop.type("forgotten {}")
    loop.read_to("forgotten: main-job sends it to background-jobs, and background-job has no line for it")
    loop.read_to("not handled: job type 'forgotten' is not one of ")
    loop.type("simulate {")
    loop.read_to("not sent: ")
    (REPOSITORY / "services/background-job/src/background_job/handlers.py").touch()
    loop.read_to("saved: background-job starts anew")
    loop.read_to("background-job #3 INFO consuming")
    loop.process.send_signal(signal.SIGINT)
    loop.read_to("Nothing is left behind")
    assert loop.process.wait(WAIT_SECONDS) == 0


def test_a_file_concerns_its_service_and_one_of_the_library_all() -> None:
    sources = sources_of(["main-job", "background-job"], Path("/c"))
    library = Path("/c/libs/common/src")
    assert concerned([Path("/c/services/main-job/src/main_job/jobs.py")], sources, library) == {"main-job"}
    assert concerned([library / "jobqueue/json.py"], sources, library) == {"main-job", "background-job"}
    assert concerned([Path("/c/services/main-job-2/src/x.py"), Path("/c/README.md")], sources, library) == set()


def test_a_saved_file_is_told_once_and_others_are_not(tmp_path: Path) -> None:
    told, come = [], Event()

    def changed(paths: set[Path]) -> None:
        told.append(paths)
        come.set()

    with watched([tmp_path], changed):
        while not come.is_set():  # the watcher may not watch yet
            (tmp_path / "notes.txt").write_text("x")
            (tmp_path / "jobs.py").write_text("x")
            come.wait(0.5)
    assert {path.name for path in set().union(*told)} == {"jobs.py"}
