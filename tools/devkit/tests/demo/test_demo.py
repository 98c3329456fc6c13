"""The demo, run as a process: it does what its help says, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "devkit.demo"]
NOTHING_MORE = 60.0


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    """A temporary folder of its own, to see what is left behind, and an AWS profile whose use would be noticed at once."""
    with tempfile.TemporaryDirectory() as folder:
        yield {**os.environ, "TMPDIR": folder, "AWS_PROFILE": "production", "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}


def assert_nothing_is_left(output: str, environ: dict[str, str]) -> None:
    """Asserts that no folder is left, and none of the processes that the demo named."""
    assert list(Path(environ["TMPDIR"]).iterdir()) == []
    for pid in re.findall(r"\(process (\d+)\)", output):
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


def test_every_trigger_is_accounted_for(environ: dict[str, str], tmp_path: Path) -> None:
    page = tmp_path / "demo.html"
    command = [*COMMAND, "--count", "6", "--fail", "1", "--poison", "1", "--report", str(page)]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=NOTHING_MORE)
    output = ended.stdout
    assert (ended.returncode, ended.stderr) == (0, ""), output

    fates = re.findall(r"^\d  (.+?)  +(completed|dead letter|lost) +(\d)", output, re.MULTILINE)
    assert fates == [
        ("test", "completed", "1"),
        ("api_call", "completed", "1"),
        ("simulate fail_once", "completed", "2"),
        ("simulate, a batch", "completed", "1"),
        ("simulate fail", "dead letter", "5"),
        ("malformed", "dead letter", "1"),
    ]
    assert "6 triggers: 4 completed, 2 dead letters, 0 lost" in output
    assert (
        "\n5 jobs have a record: 4 completed, 1 dead, as their triggers ended.\n1 batch, 1 joined: 3 jobs, of which 3 completed.\n"
        in output
    )
    assert "Drained: main-job (exit code 0), background-job (exit code 0)" in output

    log = output.partition("from CloudWatch Logs")[2].partition("received over OTLP")[0]
    assert (
        log.index("started, attempt 1")
        < log.index("told to fail")
        < log.index("started, attempt 2")
        < log.index("completed")
    )
    trace = output.partition("received over OTLP")[2].partition("Dead letters")[0]
    for row in (
        r"^demo +send ",
        r"^main-job +process 1 ",
        r"^background-job +process 1: retry ",
        r"^background-job +process 2 ",
    ):
        assert re.search(row, trace, re.MULTILINE), row
    letters = output.partition("\nDead letters\n")[2]
    assert re.search(r"^demo-main-job-triggers-dlq: 1 dead letter\n(?:.*\n){2}malformed_json ", letters, re.MULTILINE)
    assert re.search(r"^demo-background-jobs-dlq: 1 dead letter\n(?:.*\n){2}attempts_exhausted ", letters, re.MULTILINE)

    said = re.search(rf"^Report: {re.escape(str(page))} \(\d+ kB\)$", output, re.MULTILINE)
    assert said is not None
    assert "6 triggers: 4 completed, 2 dead letters, 0 lost</h1>" in page.read_text(encoding="utf-8")

    assert max(len(line) for line in output.splitlines() if line != said[0]) <= 80
    assert "\x1b" not in output
    assert_nothing_is_left(output, environ)


@pytest.mark.parametrize("until", ["Local AWS", "forgotten: main-job sends it to background-jobs", "retried"])
def test_ctrl_c_leaves_nothing_behind(until: str, environ: dict[str, str], tmp_path: Path) -> None:
    triggers = tmp_path / "triggers.jsonl"
    triggers.write_text('{"trigger": "test", "jobType": "forgotten"}\n')
    command = [*COMMAND, "--count=5", f"--file={triggers}"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        output = ""
        while until not in output:
            line = demo.stdout.readline()
            assert line, output
            output += line
        demo.send_signal(signal.SIGINT)
        rest, said = demo.communicate(timeout=NOTHING_MORE)
    assert demo.returncode == 130
    assert said == "\nStopped. Nothing is left behind.\n"
    assert_nothing_is_left(output + rest, environ)


def test_a_service_that_dies_is_named_and_ends_the_demo(environ: dict[str, str]) -> None:
    with subprocess.Popen(COMMAND, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        output = ""
        while "Services" not in output:
            output += demo.stdout.readline()
        services = re.findall(r"\(process (\d+)\)", output)
        os.kill(int(services[1]), signal.SIGKILL)
        rest, said = demo.communicate(timeout=NOTHING_MORE)
    assert demo.returncode == 1
    assert "demo: background-job was killed by signal 9." in said
    kept = Path(said.rpartition("all output of the processes: ")[2].strip())
    assert (kept / "main-job.log").exists()
    assert "Every trigger" not in rest
