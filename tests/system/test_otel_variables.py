"""A hostile value in any OTEL_* variable ends a start with 64, or all jobs are done."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import opentelemetry.environment_variables
import opentelemetry.sdk.environment_variables
import pytest

from jobqueue.telemetry.variables import faults

from .serving import serving

PROBE = Path(__file__).parent / "otel_probe.py"
VALUES = [
    *("", " ", "abc", "true", "maybe", "none", "unset", "otlp", "console", "localhost:4318", "http://[::1", "/nowhere"),
    *("0", "-1", "1", "100", "1.5", "0.5", "1e-9", "1e12", "nan", "inf", "1e400", "9" * 30, "9" * 5000, "1_000"),
    *("gzip", "deflate", " GZip ", "br", "grpc", "http/json", "always_on", "Always_On", "traceidratio", "random", "*"),
    *("a=b", "a=b,", "=", "a=b%0Ac", "a=%E2%82%AC", "ключ=значение", "tracecontext,nothing", "\udcff", "x" * 10_000),
]
ADDRESSES = re.compile(
    r".*_ENDPOINT|OTEL_EXPORTER_OTLP(_[A-Z]+)?_PROTOCOL|OTEL_SDK_DISABLED|OTEL_(TRACES|METRICS)_EXPORTER"
)
"""Whether and where to export: they are set by this test."""


@functools.cache
def variables() -> list[str]:
    """All that OpenTelemetry names: in its two modules of names, and in the sources of the OTLP exporters."""
    modules = (opentelemetry.environment_variables, opentelemetry.sdk.environment_variables)
    names = {name for module in modules for name in vars(module).values() if str(name).startswith("OTEL_")}
    found = find_spec("opentelemetry.exporter.otlp.proto")
    assert found is not None
    for folder in found.submodule_search_locations or ():
        for source in Path(folder).rglob("*.py"):
            names |= set(re.findall(r'"(OTEL_[A-Z0-9_]+)"', source.read_text()))
    return sorted(name for name in names if not ADDRESSES.fullmatch(name))


class Probe:
    """The process that answers."""

    def __init__(self) -> None:
        environ = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, PROBE], stdin=pipe, stdout=pipe, env=environ, text=True)

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(30) == 0

    def ask(self, environ: Mapping[str, str]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(dict(environ)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line != "end\n", f"no answer with {environ}"
        assert self._process.stdout.readline() == "end\n"
        answer: dict[str, Any] = json.loads(line)
        return answer


class Takes(BaseHTTPRequestHandler):
    """A collector that takes everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def collector() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Takes)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Probe() as running:
        yield running


@pytest.fixture(params=["http/protobuf", "grpc"])
def where(request: pytest.FixtureRequest, collector: str) -> dict[str, str]:
    """Telemetry is on."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_PROTOCOL": request.param}


def refused(where: Mapping[str, str], name: str, value: str) -> bool:
    protocol = where["OTEL_EXPORTER_OTLP_PROTOCOL"]
    lines = faults({**where, name: value}, traces=protocol, metrics=protocol)
    assert all(line.startswith(name) for line in lines) or "must be at least" in lines[0], lines
    return bool(lines)


def test_values_that_are_not_refused_let_the_sdk_load_and_all_jobs_be_done(where: dict[str, str], probe: Probe) -> None:
    assert len(variables()) > 80
    for value in VALUES:
        taken = {name: value for name in variables() if not refused(where, name, value)}
        assert taken, value
        answer = probe.ask({**where, **taken})
        while lines := answer.get("refused"):  # what is wrong about them together: a sampler with its argument
            taken = {name: value for name in taken if not any(name in line for line in lines)}
            answer = probe.ask({**where, **taken})
        assert (answer["done"], answer["loaded"]) == (3, True), (value, answer)
