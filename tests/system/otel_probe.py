"""What telemetry does with the environment that it is given: one child a request, forked from a process that has loaded the SDK's modules.

Requests and answers are lines of JSON. A request: `environ`, and `checked` (whether the start's own look at the variables comes first). An
answer: `refused` (the lines of a start that ends with 64), or `done` (jobs), `loaded`, and `said` (what OpenTelemetry and we logged).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from dataclasses import replace
from importlib import import_module
from typing import Any

from jobqueue import forks
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outcome import Done
from jobqueue.messages.trigger import read_trigger
from jobqueue.settings import SettingError
from jobqueue.telemetry.export_plan import ExportPlan
from jobqueue.telemetry.exporters import metric_exporter, span_exporter
from jobqueue.telemetry.setup import Telemetry
from jobqueue.testing import InMemoryQueue

for name in (
    "jobqueue.telemetry.http_spans",
    "jobqueue.telemetry.providers",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.metric_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
):
    import_module(name)

JOBS = 3
TRACED = {
    "traceparent": Attribute("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    "tracestate": Attribute("a=1"),
}


class Ear(logging.Handler):
    """Keeps what is said at WARNING and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self.heard = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f"{record.name}: {record.getMessage()}"[:300])
        self.heard.set()

    def thread_failed(self, args: threading.ExceptHookArgs) -> None:
        self.said.append(repr(args.exc_value)[:300])


def answer(environ: dict[str, str], *, checked: bool) -> dict[str, Any]:
    os.environ.update(environ)
    ear = Ear()
    threading.excepthook = ear.thread_failed
    for name in ("opentelemetry", "jobqueue"):
        logging.getLogger(name).addHandler(ear)
    try:
        if checked:
            telemetry = Telemetry("main-job", "1.2.3", os.environ)
        else:
            plain = {
                name: value for name, value in environ.items() if name.endswith(("OTLP_ENDPOINT", "OTLP_PROTOCOL"))
            }
            os.environ.setdefault("OTEL_METRIC_EXPORT_INTERVAL", "200")
            telemetry = Telemetry("main-job", "1.2.3", plain)
            telemetry._plan = as_stated(telemetry._plan, environ)
    except SettingError as error:
        return {"refused": str(error).splitlines()}
    try:
        import_module("opentelemetry.context")._load_runtime_context()
    except ValueError as error:
        ear.said.append(str(error))
    done = do_jobs(telemetry)
    if not checked and "OTEL_METRIC_EXPORT_TIMEOUT" in environ:  # of a periodic export, not of the last one
        ear.heard.wait(5)
    if environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc":
        ear.said += making(telemetry._plan)
    else:
        telemetry.flush(1)
    return {"done": done, "loaded": telemetry.signals() is not None, "said": ear.said}


def as_stated(plan: ExportPlan, environ: dict[str, str]) -> ExportPlan:
    """The plan that leaves to the SDK what the environment states."""
    exemplars = bool(environ.get("OTEL_METRICS_EXEMPLAR_FILTER"))
    if any("TIMEOUT" in name for name in environ):
        traces, metrics = (signal and replace(signal, timeout=None) for signal in (plan.traces, plan.metrics))
        return replace(plan, traces=traces, metrics=metrics, exemplars=exemplars)
    return replace(plan, exemplars=exemplars)


def making(plan: ExportPlan) -> list[str]:
    """What making gRPC's exporters raises; nobody listens for what they send."""
    assert plan.traces is not None
    assert plan.metrics is not None
    try:
        span_exporter(plan.traces)
        metric_exporter(plan.metrics)
    except Exception as error:  # noqa: BLE001 (whatever it is)
        return [repr(error)]
    return []


def do_jobs(telemetry: Telemetry) -> int:
    inner = InMemoryQueue("triggers")
    for _ in range(JOBS):
        inner.put('{"trigger": "test"}', TRACED)
    queue, observer = telemetry.queue(inner), telemetry.observer("triggers")
    deliveries = queue.receive(10, 0)
    for delivery in deliveries:
        with observer.attempt(delivery, read_trigger(delivery), known_type=True) as attempt:
            attempt.ended(Done(), None, 0.1)
    queue.delete(deliveries)
    return JOBS - len(inner)


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            forks._is_child = False  # it stands for a worker, not for the child of one
            try:
                print(json.dumps(answer(request["environ"], checked=request["checked"])), flush=True)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        print("end", flush=True)


main()
