"""`examples/invoice-import/README.md`, followed in a clone: its checks pass there, and its job is done in the demo, against a rates service
that fails at times and a real Postgres.

Needs the package index, and a Postgres of the distribution: `sudo apt-get install postgresql`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from devkit.howto import FENCE, apply_all

from ..system.flow import until
from ..system.howto import ROOT, UV, checkout, demo, run

EXAMPLE = ROOT / "examples/invoice-import"
PAGE = EXAMPLE / "README.md"
SERVICE = "services/invoice-import"
RATES = {"USD": "0.5", "EUR": "1", "CHF": "2"}
INVOICES = [{"customer": "acme", "amount": "12.50", "currency": currency} for currency in ("USD", "EUR", "CHF", "USD")]
EXPECTED = {*(("done", line) for line in (1, 2, 3, 4)), ("invoices", 4), ("euros", "50.000")}
LOG_GROUP = "demo-job-logs"


class Rates(ThreadingHTTPServer):
    """Answers 503 every third time. `answers`: the status of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Rate)
        self.answers: list[int] = []


class _Rate(BaseHTTPRequestHandler):
    server: Rates

    def do_GET(self) -> None:
        rate = RATES.get(self.path.removeprefix("/rates/"))
        wrong_token = self.headers["Authorization"] != "Bearer only-here"
        down = len(self.server.answers) % 3 == 2
        status = 401 if wrong_token else 503 if down else 404 if rate is None else 200
        self.server.answers.append(status)
        body = json.dumps({"rate": rate}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the test's screen."""


@pytest.fixture
def rates() -> Iterator[Rates]:
    with Rates() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Postgres:
    """A server of its own that listens on a socket in `folder`; of an unprivileged user, since Postgres refuses root."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user, self._user)
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def run(self, program: str, *arguments: str) -> str:
        """The output of one of its programs, which must succeed."""
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder, user=self._user, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def sql(self, text: str) -> list[str]:
        """The rows, their columns separated by a bar."""
        return self.run("psql", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", text).splitlines()

    @contextmanager
    def started(self) -> Iterator[None]:
        """Runs within the context."""
        data = str(self._folder / "data")
        self.run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync")
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off"
        self.run("pg_ctl", "start", "-D", data, "-l", str(self._folder / "log"), "-o", options, "-w", "-t", "120")
        try:
            yield
        finally:
            self.run("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w", "-t", "120")


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: float(file.parts[4]))
    found = debian[-1] if debian else shutil.which("postgres")
    if found is None:
        pytest.fail("no Postgres is installed here: sudo apt-get install postgresql", pytrace=False)
    # Not pytest's folder, which is root's alone; and a socket's path is short.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        server = Postgres(Path(found).resolve().parent, Path(folder))
        with server.started():
            yield server


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """An environment of the clone is in `venv`."""
    folder = checkout(tmp_path / "clone")
    run(folder, "git", "init", "--quiet")
    run(folder, sys.executable, "-m", "devkit.new_service", "invoice-import")
    run(
        folder,
        UV,
        "add",
        "--quiet",
        "--no-sync",
        "--package=invoice-import",
        "boto3",
        "urllib3",
        "psycopg[binary,pool]",
    )
    run(folder, "cp", "-r", "examples/invoice-import/services", ".")
    apply_all(PAGE, folder)
    groups = ("--group=test", "--group=lint", "--group=imports", "--group=types")
    options = ("--locked", "--quiet", f"--python={sys.executable}", "--all-packages", *groups)
    run(folder, UV, "sync", *options, UV_PROJECT_ENVIRONMENT=str(folder / "venv"), UV_PYTHON_DOWNLOADS="never")
    return folder


@pytest.mark.skipif(not UV, reason="uv is not installed")
@pytest.mark.timeout(900)
def test_the_example_passes_all_checks_of_a_clone_and_does_its_job_in_the_demo(
    postgres: Postgres, rates: Rates, clone: Path
) -> None:
    programs = clone / "venv/bin"
    run(clone, programs / "python", "-m", "devkit.pages", "--write")
    run(clone, programs / "ruff", "format", "--check", ".")
    run(clone, programs / "ruff", "check", ".")
    run(clone, programs / "lint-imports", "--no-cache")
    run(
        clone,
        programs / "mypy",
        f"{SERVICE}/src",
        "services/main-job/src",
        MYPYPATH=f"{SERVICE}/src:services/main-job/src",
    )
    run(clone, programs / "pytest", "-q", "-p", "no:cacheprovider", f"{SERVICE}/tests", "services/main-job/tests")

    postgres.sql((clone / SERVICE / "schema.sql").read_text())
    variables = clone / "invoices.env"
    lines = variables.read_text().replace(":8080", f":{rates.server_port}").splitlines()
    variables.write_text(
        "\n".join([*(line for line in lines if "DATABASE" not in line), f"DATABASE_URL={postgres.url}"])
    )
    with demo(programs / "python", variables) as clients:
        s3, sqs, logs = clients("s3"), clients("sqs"), clients("logs")
        s3.create_bucket(Bucket="acme-invoices")
        s3.put_object(Bucket="acme-invoices", Key="2026-01.json", Body=json.dumps(INVOICES).encode())
        url = sqs.get_queue_url(QueueName="demo-main-job-triggers")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=(clone / "trigger.json").read_text())
        until(lambda: told(logs) == EXPECTED, "the logs tell the import's progress, its end and its sum", seconds=120)
    assert {200, 503} == set(rates.answers)
    assert postgres.sql("SELECT line, customer, euros FROM invoices ORDER BY line") == [
        "1|acme|6.250", "2|acme|12.50", "3|acme|25.00", "4|acme|6.250",
    ]  # fmt: skip


def told(logs: Any) -> set[tuple[str, Any]]:
    """What the jobs' logs hold of it so far."""
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=LOG_GROUP)
    events = [json.loads(event["message"]) for page in pages for event in page["events"]]
    return {(name, event[name]) for event in events for name in ("done", "invoices", "euros") if name in event}


def test_the_readme_counts_the_lines_of_its_files_and_fences() -> None:
    text = PAGE.read_text()
    rows = re.findall(r"^\| `(\S+)` \| (\d+) \|", text, re.MULTILINE)
    fences = [(fence["order"], fence["text"].count("\n")) for fence in FENCE.finditer(text)]
    for name, lines in rows:
        file = EXAMPLE / name.replace("...", SERVICE)
        added = [count for order, count in fences if f"add-to={name} " in f"{order} "]
        assert (name, int(lines)) == (name, file.read_text().count("\n") if file.is_file() else sum(added))
    assert f"{sum(int(lines) for _, lines in rows)} lines written by hand" in text
