"""`examples/invoice-import/README.md`, followed in a clone: its checks pass there, and its job is done in the demo and in the local stage,
against a rates service that fails at times and a real Postgres.

Needs the package index, Docker, Terraform, and a Postgres of the distribution: `sudo apt-get install postgresql`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from devkit.howto import FENCE, apply_all
from localaws.aws import clients_of
from localaws.docker import Docker
from localaws.ecs_agent import HostAddress, find_host_address

from ..system.flow import until
from ..system.howto import ROOT, UV, checkout, demo, run, started
from ..system.serving import serving

pytestmark = pytest.mark.timeout(900)

EXAMPLE = ROOT / "examples/invoice-import"
PAGE = EXAMPLE / "README.md"
SERVICE = "services/invoice-import"
RATES = {"USD": "0.5", "EUR": "1", "CHF": "2"}
INVOICES = [{"customer": "acme", "amount": "12.50", "currency": currency} for currency in ("USD", "EUR", "CHF", "USD")]
EXPECTED = {*(("done", line) for line in (1, 2, 3, 4)), ("invoices", 4), ("euros", "50.000"), ("euros", "0")}


class Rates(ThreadingHTTPServer):
    """Answers 503 every third time. `answers`: the status of each request."""

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Rate)
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


@pytest.fixture(scope="module")
def host() -> HostAddress:
    """Where this machine's servers listen, so that containers reach them."""
    return find_host_address(Docker())


@pytest.fixture
def rates(host: HostAddress) -> Iterator[Rates]:
    with serving(Rates(host.listen)) as server:
        yield server


class Postgres:
    """A server of its own at `port`; of an unprivileged user, since Postgres refuses root."""

    def __init__(self, programs: Path, folder: Path, address: str) -> None:
        self._programs, self._folder, self._address = programs, folder, address
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user, self._user)
        with socket.socket() as free:
            free.bind((address, 0))
            self.port = free.getsockname()[1]

    def run(self, program: str, *arguments: str) -> str:
        """The output of one of its programs, which must succeed."""
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self._folder, user=self._user, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def url(self, address: str) -> str:
        """Of the database, for who reaches this machine by that address."""
        return f"postgresql://postgres@{address}:{self.port}/postgres"

    def sql(self, text: str) -> list[str]:
        """The rows, their columns separated by a bar."""
        options = ("--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1")
        return self.run("psql", *options, "-d", self.url(self._address), "-c", text).splitlines()

    @contextmanager
    def started(self) -> Iterator[None]:
        """Runs within the context."""
        data = self._folder / "data"
        self.run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync")
        with (data / "pg_hba.conf").open("a") as access:
            access.write("host all all all trust\n")  # containers have addresses of their own
        options = f"-p {self.port} -c listen_addresses={self._address} -c unix_socket_directories= -c fsync=off"
        self.run("pg_ctl", "start", "-D", str(data), "-l", str(self._folder / "log"), "-o", options, "-w", "-t", "120")
        try:
            yield
        finally:
            self.run("pg_ctl", "stop", "-D", str(data), "-m", "immediate", "-w", "-t", "120")


@pytest.fixture(scope="module")
def server(host: HostAddress) -> Iterator[Postgres]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda file: float(file.parts[4]))
    found = debian[-1] if debian else shutil.which("postgres")
    if found is None:
        pytest.fail("no Postgres is installed here: sudo apt-get install postgresql", pytrace=False)
    # Not pytest's folder, which is root's alone.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        server = Postgres(Path(found).resolve().parent, Path(folder), host.listen)
        with server.started():
            yield server


@pytest.fixture
def postgres(server: Postgres) -> Iterator[Postgres]:
    """With the example's table, empty."""
    server.sql((EXAMPLE / SERVICE / "schema.sql").read_text())
    yield server
    server.sql("DROP TABLE invoices")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of the clone is in `venv`."""
    folder = checkout(tmp_path_factory.mktemp("example") / "clone")
    run(folder, "git", "init", "--quiet")
    run(folder, sys.executable, "-m", "devkit.new_service", "invoice-import")
    libraries = ("boto3", "urllib3", "psycopg[binary,pool]")
    run(folder, UV, "add", "--quiet", "--no-sync", "--package=invoice-import", *libraries)
    run(folder, "cp", "-r", "examples/invoice-import/services", ".")
    apply_all(PAGE, folder)
    groups = ("--group=test", "--group=lint", "--group=imports", "--group=types")
    options = ("--locked", "--quiet", f"--python={sys.executable}", "--all-packages", *groups)
    run(folder, UV, "sync", *options, UV_PROJECT_ENVIRONMENT=str(folder / "venv"), UV_PYTHON_DOWNLOADS="never")
    return folder


def test_the_example_passes_all_checks_of_a_clone(clone: Path) -> None:
    programs = clone / "venv/bin"
    run(clone, programs / "python", "-m", "devkit.pages", "--write")
    run(clone, programs / "ruff", "format", "--check", ".")
    run(clone, programs / "ruff", "check", ".")
    run(clone, programs / "lint-imports", "--no-cache")
    sources = (f"{SERVICE}/src", "services/main-job/src")
    run(clone, programs / "mypy", *sources, MYPYPATH=":".join(sources))
    run(clone, programs / "pytest", "-q", "-p", "no:cacheprovider", f"{SERVICE}/tests", "services/main-job/tests")


def test_the_example_does_its_job_in_the_demo(
    host: HostAddress, postgres: Postgres, rates: Rates, clone: Path, tmp_path: Path
) -> None:
    variables = given(clone, tmp_path, host.listen, postgres, rates)
    with demo(clone / "venv/bin/python", variables) as clients:
        do_the_job(clone, clients, "demo-", "demo-job-logs", postgres, rates)


def test_the_example_does_its_job_in_the_local_stage(
    host: HostAddress, postgres: Postgres, rates: Rates, clone: Path, tmp_path: Path
) -> None:
    variables = given(clone, tmp_path, host.name, postgres, rates)
    python = clone / "venv/bin/python"
    images = run(clone, python, "-m", "jobdeploy.images")
    command = [python, "-m", "devkit.local_stack", "up", f"--env-file={variables}"]
    try:
        with started(command, clone, "Ctrl-C here"):
            stage = json.loads((clone / ".local-stack.json").read_text())
            prefix, group = "message-driven-microservices-dev-", stage["log_groups"]["invoice-import"]
            do_the_job(clone, clients_of(stage["endpoint"]), prefix, group, postgres, rates)
    finally:
        made = re.findall(r"^  (\S+), [\d.]+ MB(?!.*was there)", images, re.MULTILINE)
        for image in made:
            Docker().run("rmi", "--force", image)


def given(clone: Path, folder: Path, address: str, postgres: Postgres, rates: Rates) -> Path:
    """The page's env file, with the servers of this test as who runs the service reaches them."""
    lines = (clone / "invoices.env").read_text().splitlines()
    there = {"RATES_URL": f"http://{address}:{rates.server_port}", "DATABASE_URL": postgres.url(address)}
    file = folder / "invoices.env"
    file.write_text(
        "".join(f"{name}={there.get(name, value)}\n" for name, _, value in (one.partition("=") for one in lines))
    )
    return file


def do_the_job(
    clone: Path, clients: Callable[[str], Any], prefix: str, log_group: str, postgres: Postgres, rates: Rates
) -> None:
    """Sends the page's trigger, and from outside the sum of what nobody imported; waits for all that comes of both."""
    s3, sqs, logs = clients("s3"), clients("sqs"), clients("logs")
    s3.create_bucket(Bucket="acme-invoices")
    s3.put_object(Bucket="acme-invoices", Key="2026-01.json", Body=json.dumps(INVOICES).encode())
    outside = json.dumps({"jobType": "sum-import", "data": {"job_id": "none"}})
    for queue, body in (("main-job-triggers", (clone / "trigger.json").read_text()), ("invoice-imports", outside)):
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=prefix + queue)["QueueUrl"], MessageBody=body)
    until(
        lambda: told(logs, log_group) == EXPECTED,
        "the logs tell the import's progress, its end and its sum",
        seconds=240,
    )
    assert {200, 503} == set(rates.answers)
    assert postgres.sql("SELECT line, customer, euros FROM invoices ORDER BY line") == [
        "1|acme|6.250", "2|acme|12.50", "3|acme|25.00", "4|acme|6.250",
    ]  # fmt: skip


def told(logs: Any, group: str) -> set[tuple[str, Any]]:
    """What the jobs' logs hold of it so far."""
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, logStreamNamePrefix="job-streams/")
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
