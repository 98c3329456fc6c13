"""What telemetry does with the environment that it is given: one child a request, forked from a process that has loaded the SDK's modules.

A request is a line of JSON, the environment; so is its answer: `refused` (the lines of a start that ends with 64), or `done` (jobs) and `loaded`.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

from jobqueue import forks
from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outcome import Done
from jobqueue.messages.trigger import read_trigger
from jobqueue.settings import SettingError
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


def answer(environ: dict[str, str]) -> dict[str, Any]:
    os.environ.update(environ)
    try:
        telemetry = Telemetry("main-job", "1.2.3", os.environ)
    except SettingError as error:
        return {"refused": str(error).splitlines()}
    done = do_jobs(telemetry)
    if environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf":
        telemetry.flush(1)
    return {"done": done, "loaded": telemetry.instruments() is not None}


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
        child = os.fork()
        if child == 0:
            forks._is_child = False  # it stands for a worker, not for the child of one
            try:
                print(json.dumps(answer(json.loads(line))), flush=True)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        print("end", flush=True)


main()
