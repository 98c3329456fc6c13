"""Lines on standard output: together, in order, bounded, and whatever becomes of the file behind it."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, run
from threading import Thread

import pytest

from jobqueue import line_writer
from jobqueue.line_writer import ATOMIC_BYTES, MAX_KEPT_BYTES, LineWriter

PIPE_BYTES = 1024 * 1024


def say(text: str) -> bytes:
    return f"said: {text}\n".encode()


class Piped:
    """A writer on a pipe."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.writer = LineWriter(say, self.writing)

    def read(self, until: bytes) -> list[bytes]:
        """Every line up to and with `until`."""
        read = b""
        while not read.endswith(until):
            more = os.read(self.reading, PIPE_BYTES)
            assert more, f"the end came before {until!r}"
            read += more
        return read.splitlines(keepends=True)


@pytest.fixture
def piped() -> Iterator[Piped]:
    made = Piped()
    yield made
    os.close(made.reading)
    made.writer.close()


def test_lines_that_nobody_hurries_are_written_without_being_asked_for_in_order(piped: Piped) -> None:
    written = [f"{number}\n".encode() for number in range(100)]
    for line in written:
        piped.writer.write(line)
    assert piped.read(b"99\n") == written


def test_a_line_that_hurries_is_there_when_write_returns_behind_what_waited(piped: Piped) -> None:
    piped.writer.write(b"first\n")
    piped.writer.write(b"second\n", at_once=True)
    os.set_blocking(piped.reading, False)
    assert os.read(piped.reading, 100) == b"first\nsecond\n"


def test_lines_of_many_threads_are_all_there_once_and_whole(piped: Piped) -> None:
    def write(thread: int) -> None:
        for number in range(500):
            piped.writer.write(f"{thread}:{number}:{'x' * 200}\n".encode(), at_once=number % 5 == 0)

    threads = [Thread(target=write, args=(number,)) for number in range(4)]
    reader = Thread(target=lambda: found.extend(piped.read(b"end\n")))
    found: list[bytes] = []
    reader.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    piped.writer.write(b"end\n")
    reader.join(60)
    heads = [tuple(line.split(b":")[:2]) for line in found[:-1]]
    assert len(set(heads)) == len(heads) == 2_000
    assert {len(line.split(b":")[2]) for line in found[:-1]} == {201}


def test_a_full_pipe_holds_up_nobody_and_loses_nothing_that_fits(piped: Piped) -> None:
    line = b"x" * 999 + b"\n"
    for _ in range(3_000):
        piped.writer.write(line, at_once=True)
    assert piped.writer.flush(0.01) is False
    piped.writer.write(b"end\n")
    assert piped.read(b"end\n") == [line] * 3_000 + [b"end\n"]


@pytest.mark.slow
def test_a_reader_that_stands_still_costs_the_oldest_lines_and_is_told_how_many(
    piped: Piped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_writer, "RETRY_SECONDS", 0.0)  # the reader stands still from the start
    fcntl.fcntl(piped.writing, fcntl.F_SETPIPE_SZ, ATOMIC_BYTES)
    for number in range(2 * MAX_KEPT_BYTES // 1000):
        piped.writer.write(f"{number:0999}\n".encode())
        if number % 1000 == 0:
            piped.writer.flush(0)
    piped.writer.flush(0)
    assert piped.writer._kept_bytes <= MAX_KEPT_BYTES
    piped.writer.write(b"end\n")
    lines = piped.read(b"end\n")
    (said,) = [number for number, line in enumerate(lines) if line.startswith(b"said: ")]
    lost = int(lines[said].split()[1])
    numbers = [int(line) for line in lines[:said] + lines[said + 1 : -1]]
    assert lines[said] == say(f"{lost} log lines were lost here: stdout did not take them")
    assert len(numbers) + lost == 2 * MAX_KEPT_BYTES // 1000
    assert numbers[said] - numbers[said - 1] == lost + 1, "it is said where they miss"


def test_a_failing_file_is_tried_again_and_said_once_on_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = LineWriter(say, writing)
    for number in range(5):
        writer.write(f"{number}\n".encode(), at_once=True)
    assert writer.flush() is False
    file = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    os.dup2(file, writing)
    writer._identity = line_writer._identity(writing)
    writer._retry_at = 0.0
    assert writer.flush() is True
    writer.close()
    os.close(file)
    assert (tmp_path / "file").read_text() == "0\n1\n2\n3\n4\n"
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("said: log lines cannot be written to stdout: [Errno 32] Broken pipe.")


IN_A_PROCESS = """
import os, sys
from jobqueue.line_writer import LineWriter
writer = LineWriter(lambda text: text.encode() + b"\\n")
def write(line):
    writer.write(line.encode() + b"\\n", at_once=True)
write("before")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "deed",
    [
        "os.close(1)",
        "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
        "sys.stdout = None",
        "sys.stdout.close()",
        "os.set_blocking(1, False)",
        "os.closerange(3, 100)",
        "os.closerange(3, 100); other = [os.open('other', os.O_RDWR | os.O_CREAT) for _ in range(20)]",
    ],
)
def test_what_a_handler_does_to_stdout_costs_no_line(deed: str, tmp_path: Path) -> None:
    code = f"{IN_A_PROCESS}\n{deed}\nwrite('after')\nos._exit(0)"
    done = run([sys.executable, "-c", code], stdout=PIPE, cwd=tmp_path, timeout=60, check=True)
    assert done.stdout == b"before\nafter\n"
    assert not (tmp_path / "other").exists() or (tmp_path / "other").read_bytes() == b"", "no line in another file"


@pytest.mark.slow
def test_without_a_stdout_lines_go_to_stderr() -> None:
    done = run(
        ["sh", "-c", 'exec "$0" -c "$1" >&-', sys.executable, IN_A_PROCESS], capture_output=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"before\n")


@pytest.mark.slow
def test_forked_children_write_their_lines_at_once_and_none_of_the_parents() -> None:
    code = f"""{IN_A_PROCESS}
import threading, time
for parent in range(20):
    writer.write(b"parent\\n")
    threading.Thread(target=write, args=("thread",)).start()  # forks while others lead
    if os.fork() == 0:
        for _ in range(50):
            writer.write(b"child\\n")
        os._exit(0)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
writer.flush()
os._exit(0)
"""
    done = run([sys.executable, "-c", code], stdout=PIPE, timeout=60, check=True)
    lines = done.stdout.splitlines()
    assert {line: lines.count(line) for line in set(lines)} == {
        b"before": 1,
        b"parent": 20,
        b"thread": 20,
        b"child": 1_000,
    }
