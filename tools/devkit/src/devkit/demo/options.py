"""Command-line arguments of the demo."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devkit.services import MAX_MESSAGE_BYTES
from jobqueue.settings import SettingError, read_env_file

DEFAULT_COUNT = 8
MIXED_COUNT = 5
"""From how many on one fails and one is malformed by default."""
WAIT_SECONDS = 300.0


@dataclass(frozen=True)
class Options:
    """The arguments. `fail` and `poison` are among `count`; `lines` are bodies from a file, sent unchanged after the others. `report`: the file
    that a page of the run is written to, known to be writable. `env_file`: variables for the services."""

    count: int
    fail: int
    poison: int
    lines: tuple[str, ...] = ()
    keep: bool = False
    port: int = 0
    wait_seconds: float = WAIT_SECONDS
    report: Path | None = None
    env_file: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As on the command line, without the files."""
        more = f" and {len(self.lines)} from a file" if self.lines else ""
        return f"--count {self.count} --fail {self.fail} --poison {self.poison}{more}"


def read_arguments(arguments: Sequence[str]) -> Options:
    """Parse the arguments; ends the process with exit code 2 and one line of text where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="demo",
        description="Runs both services on an embedded local AWS, sends triggers, and shows what became of each.",
    )
    parser.add_argument(
        "--count", type=_number, metavar="N", help=f"triggers to send (default {DEFAULT_COUNT}, or 0 with --file)"
    )
    parser.add_argument("--fail", type=_number, metavar="N", help="of them, how many ask for a job that always fails")
    parser.add_argument("--poison", type=_number, metavar="N", help="of them, how many have a malformed body")
    parser.add_argument("--file", type=Path, help="further triggers, one body a line, sent as they stand")
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="variables for the services, lines NAME=VALUE; none of AWS's"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a self-contained HTML page of the run")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C, to play with it")
    parser.add_argument("--port", type=int, default=0, help="port of the local AWS (default: a free one)")
    parser.add_argument(
        "--wait", type=float, default=WAIT_SECONDS, metavar="S", help="give up after S seconds (default %(default)g)"
    )
    parser.epilog = "Without --fail and --poison, five or more triggers include one of each."
    given = parser.parse_args(arguments)

    lines = () if given.file is None else _lines(parser, given.file)
    count = given.count if given.count is not None else 0 if given.file is not None else DEFAULT_COUNT
    one = 1 if count >= MIXED_COUNT else 0
    fail = one if given.fail is None else given.fail
    poison = one if given.poison is None else given.poison
    if fail + poison > count:
        parser.error(f"--fail {fail} and --poison {poison} are part of --count {count}: together at most {count}")
    if count + len(lines) == 0:
        parser.error("nothing to send: --count is 0 and there are no lines in --file")
    if not 0 <= given.port <= 65535:
        parser.error(f"--port {given.port} is not between 0 and 65535")
    if given.report is not None:
        _check_writable(parser, given.report)
    variables = read_variables(parser, given.env_file)
    return Options(count, fail, poison, lines, given.keep, given.port, given.wait, given.report, variables)


def read_variables(parser: argparse.ArgumentParser, file: Path | None) -> dict[str, str]:
    """What `--env-file` names; ends the process as `read_arguments`."""
    try:
        return {} if file is None else read_env_file(file)
    except SettingError as error:
        parser.error(f"--env-file {error}")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _check_writable(parser: argparse.ArgumentParser, file: Path) -> None:
    """Checked before the demo runs, not after it."""
    folder = file.absolute().parent
    if file.is_dir():
        parser.error(f"--report {file}: is a folder; name a file in it, such as {file / 'demo.html'}")
    if not folder.is_dir():
        parser.error(f"--report {file}: there is no folder {folder}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        parser.error(f"--report {file}: nothing can be written in {folder}: {error.strerror}")


def _lines(parser: argparse.ArgumentParser, file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        parser.error(f"--file {file}: {error.strerror}")
    except UnicodeDecodeError:
        parser.error(f"--file {file}: not UTF-8 text")
    for number, line in enumerate(lines, 1):
        if len(line.encode()) > MAX_MESSAGE_BYTES:
            parser.error(f"--file {file}: line {number} is longer than the queue takes ({MAX_MESSAGE_BYTES:,} bytes)")
    return tuple(line for line in lines if line.strip())
