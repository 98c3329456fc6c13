"""The command of the container's health check, as the container runs it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobqueue.health import answer, look


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "health"
    monkeypatch.setenv("HEALTH_FILE", str(path))
    monkeypatch.delenv("HEALTH_MAX_AGE_SECONDS", raising=False)
    return path


def touch(file: Path, seconds_ago: float) -> None:
    file.touch()
    then = time.time() - seconds_ago
    os.utime(file, (then, then))


def test_a_fresh_file_is_healthy(file: Path) -> None:
    touch(file, 3)
    code, line = answer([])
    assert (code, line) == (0, "healthy: last beat 3 s ago, not more than 90 s")


def test_a_stale_file_is_unhealthy_and_says_by_how_much(file: Path) -> None:
    touch(file, 125)
    code, line = answer([])
    assert code == 1
    assert "last beat 125 s ago, more than 90 s" in line


def test_no_file_yet_is_unhealthy_and_says_what_it_may_mean(file: Path) -> None:
    code, line = answer([])
    assert code == 1
    assert str(file) in line
    assert "starting" in line


def test_a_clock_that_was_set_back_does_not_make_a_hung_worker_look_alive(file: Path) -> None:
    touch(file, -3600)
    code, line = answer([])
    assert code == 1
    assert "future" in line


def test_a_beat_a_moment_in_the_future_is_healthy(file: Path) -> None:
    touch(file, -1)
    assert answer([])[0] == 0


def test_arguments_go_before_the_environment(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTH_MAX_AGE_SECONDS", "1")
    other = tmp_path / "other"
    touch(other, 50)
    assert answer(["--file", str(other), "--max-age-seconds", "60"])[0] == 0
    assert answer([f"--file={other}", "--max-age-seconds=40"])[0] == 1
    assert answer([f"--file={other}"])[0] == 1


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
def test_an_age_that_makes_no_sense_is_unhealthy_and_named(file: Path, value: str) -> None:
    touch(file, 0)
    code, line = answer(["--max-age-seconds", value])
    assert code == 1
    assert repr(value) in line


@pytest.mark.parametrize("arguments", [["--fiel", "x"], ["--file"], ["x"]])
def test_an_argument_that_cannot_be_read_is_unhealthy_with_the_usage(file: Path, arguments: list[str]) -> None:
    touch(file, 0)
    code, line = answer(arguments)
    assert code == 1
    assert "usage:" in line


def test_a_path_that_cannot_be_looked_at_is_unhealthy(file: Path) -> None:
    touch(file, 0)
    assert look(f"{file}/below", 90)[0] == 1
    assert look("\0", 90)[0] == 1


@pytest.mark.slow
@pytest.mark.parametrize(("seconds_ago", "code"), [(0, 0), (1000, 1)])
def test_the_command_exits_with_its_finding_on_one_line(file: Path, seconds_ago: float, code: int) -> None:
    touch(file, seconds_ago)
    run = subprocess.run(
        [sys.executable, "-m", "jobqueue.health"], capture_output=True, text=True, timeout=30, check=False
    )
    assert run.returncode == code
    assert run.stderr == ""
    assert len(run.stdout.splitlines()) == 1


@pytest.mark.slow
def test_the_health_command_loads_nothing_but_what_the_interpreter_has_loaded_already() -> None:
    program = "import sys; before = set(sys.modules); import jobqueue.health; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert set(run.stdout.split()) == {"jobqueue", "jobqueue.health"}


@pytest.mark.slow
def test_running_the_health_command_loads_only_the_standard_library() -> None:
    program = """
import atexit, runpy, sys
startup = set(sys.modules)
@atexit.register
def report():
    loaded = {name.partition(".")[0] for name in sys.modules.keys() - startup}
    print(*loaded - sys.stdlib_module_names)
sys.argv = ["health"]
runpy.run_module("jobqueue.health", run_name="__main__", alter_sys=True)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert run.stdout.splitlines()[-1] == "jobqueue"
