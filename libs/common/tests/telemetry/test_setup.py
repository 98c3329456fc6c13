"""A whole process's telemetry, with a collector and without one: real providers, exporters and sockets."""

from __future__ import annotations

import logging
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from opentelemetry import metrics, trace
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SpanExportResult

from jobqueue.messages.delivery import Attribute
from jobqueue.messages.outcome import Done
from jobqueue.messages.outgoing import OutgoingMessage
from jobqueue.telemetry import proxies
from jobqueue.telemetry.export_plan import SignalPlan
from jobqueue.telemetry.exporters import metric_exporter, span_exporter
from jobqueue.telemetry.setup import Telemetry
from jobqueue.telemetry.span_template import SpanTemplate
from jobqueue.testing import InMemoryQueue, InMemorySender

from .kit import TRACEPARENT, Kit, a_delivery, a_job

GENEROUS_SECONDS = 20.0


class Collector(ThreadingHTTPServer):
    """Takes OTLP over HTTP; `received` holds (path, body)."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.received: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.refusals: list[str] = []
        """Values of Retry-After, for as many requests that are refused first."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.refusals:
            self.send_response(503)
            self.send_header("Retry-After", self.server.refusals.pop())
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.received.put((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def collecting(port: int = 0) -> Iterator[Collector]:
    with Collector(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as server:
        yield server


@pytest.fixture(autouse=True)
def globals_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Providers are not made global here (it can be done once in a process), and the loggers are as before afterwards.

    Exports that a flush gave up are over: their retries draw random numbers, which Hypothesis takes for the next test's.
    """
    monkeypatch.setattr(trace, "set_tracer_provider", lambda _: None)
    monkeypatch.setattr(metrics, "set_meter_provider", lambda _: None)
    theirs = logging.getLogger("opentelemetry")
    handlers, propagate = theirs.handlers[:], theirs.propagate
    yield
    for thread in threading.enumerate():
        if thread.name == "telemetry-flush":
            thread.join(GENEROUS_SECONDS)
    theirs.handlers[:], theirs.propagate = handlers, propagate
    logging.getLogger("jobqueue.telemetry").filters.clear()


def telemetry_to(monkeypatch: pytest.MonkeyPatch, port: int, **more: str) -> Telemetry:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}", **more}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return Telemetry("main-job", "1.2.3", environ)


def do_a_job(telemetry: Telemetry) -> None:
    observer = telemetry.observer("triggers")
    with observer.attempt(a_delivery({"traceparent": TRACEPARENT}), a_job(), known_type=True) as attempt:
        attempt.ended(Done(), None, 0.1)


def test_spans_and_metrics_of_a_job_reach_the_collector(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    telemetry = telemetry_to(monkeypatch, collector.server_port, OTEL_RESOURCE_ATTRIBUTES="deployment=blue")
    do_a_job(telemetry)

    assert telemetry.flush(GENEROUS_SECONDS)

    received = dict(collector.received.get(timeout=GENEROUS_SECONDS) for _ in range(2))
    traces = ExportTraceServiceRequest.FromString(received["/v1/traces"]).resource_spans[0]
    measured = ExportMetricsServiceRequest.FromString(received["/v1/metrics"]).resource_metrics[0]
    for resource in (traces.resource, measured.resource):
        stated = {attribute.key: attribute.value.string_value for attribute in resource.attributes}
        assert stated["service.name"] == "main-job"
        assert stated["service.version"] == "1.2.3"
        assert stated["deployment"] == "blue"
    assert [span.name for span in traces.scope_spans[0].spans] == ["process triggers"]
    names = {metric.name for scope in measured.scope_metrics for metric in scope.metrics}
    assert {"messaging.process.duration", "jobs.attempts", "jobs.heartbeat"} <= names


def test_a_collector_that_is_busy_is_asked_again_when_it_said(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.refusals = ["0"] * 4  # OpenTelemetry's own pauses before a fifth try are 15 s
    telemetry = telemetry_to(monkeypatch, collector.server_port, OTEL_METRICS_EXPORTER="none")
    do_a_job(telemetry)
    assert telemetry.flush(GENEROUS_SECONDS)
    assert collector.received.get(timeout=GENEROUS_SECONDS)[0] == "/v1/traces"


def test_otel_service_name_wins(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    telemetry = telemetry_to(
        monkeypatch, collector.server_port, OTEL_SERVICE_NAME="renamed", OTEL_METRICS_EXPORTER="none"
    )
    do_a_job(telemetry)
    assert telemetry.flush(GENEROUS_SECONDS)

    path, body = collector.received.get(timeout=GENEROUS_SECONDS)
    assert path == "/v1/traces"
    resource = ExportTraceServiceRequest.FromString(body).resource_spans[0].resource
    assert {attribute.value.string_value for attribute in resource.attributes if attribute.key == "service.name"} == {
        "renamed"
    }


@pytest.mark.slow
def test_a_dead_collector_costs_one_log_line_and_a_flush_ends_at_its_deadline(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        telemetry = telemetry_to(
            monkeypatch,
            port,
            OTEL_BSP_MAX_QUEUE_SIZE="8",
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE="4",
            OTEL_EXPORTER_OTLP_TIMEOUT="2.5",  # room for one retry, a second later
        )
        said = threading.Event()
        logging.getLogger("jobqueue.telemetry").addFilter(_saying(said))
        for _ in range(100):
            do_a_job(telemetry)
        assert said.wait(GENEROUS_SECONDS)

        started = time.monotonic()
        whole = telemetry.flush(0.3)
        took = time.monotonic() - started

    assert not whole
    assert took < 2
    ours = [record for record in caplog.records if record.name == "jobqueue.telemetry"]
    assert len(ours) == 1
    assert "jobs go on without it" in ours[0].getMessage()


def test_a_collector_that_comes_back_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobqueue.telemetry")
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    more = {"OTEL_BSP_SCHEDULE_DELAY": "10", "OTEL_EXPORTER_OTLP_TIMEOUT": "0.5", "OTEL_METRICS_EXPORTER": "none"}
    telemetry = telemetry_to(monkeypatch, port, **more)
    gone, back = threading.Event(), threading.Event()
    logger = logging.getLogger("jobqueue.telemetry")
    logger.addFilter(_saying(gone, "not delivered"))
    logger.addFilter(_saying(back, "delivered again"))
    do_a_job(telemetry)
    assert gone.wait(GENEROUS_SECONDS)
    with collecting(port):
        do_a_job(telemetry)
        assert back.wait(GENEROUS_SECONDS)
        do_a_job(telemetry)
        assert telemetry.flush(GENEROUS_SECONDS)

    assert len([record for record in caplog.records if record.name == "jobqueue.telemetry"]) == 2


def test_an_address_without_its_scheme_costs_one_log_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    telemetry = telemetry_to(monkeypatch, 0, OTEL_EXPORTER_OTLP_ENDPOINT="localhost:4318")
    do_a_job(telemetry)
    assert telemetry.flush(GENEROUS_SECONDS)

    (line,) = [record for record in caplog.records if record.name == "jobqueue.telemetry"]
    assert "localhost:4318" in line.getMessage()


def test_a_collector_that_never_answers_does_not_hold_the_flush_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        telemetry = telemetry_to(monkeypatch, silent.getsockname()[1], OTEL_EXPORTER_OTLP_TIMEOUT="1")
        do_a_job(telemetry)

        started = time.monotonic()
        whole = telemetry.flush(0.3)
        took = time.monotonic() - started

    assert not whole
    assert took < 2


def test_whoever_needs_the_sdk_first_waits_for_it_and_it_is_loaded_once(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    telemetry = telemetry_to(monkeypatch, collector.server_port)
    telemetry.start()
    loaded = []
    threads = [threading.Thread(target=lambda: loaded.append(telemetry.instruments())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(instruments) for instruments in loaded}) == 1
    traced = telemetry.queue(InMemoryQueue("triggers"))
    assert not traced.receive(1, 0)
    assert telemetry.flush(GENEROUS_SECONDS)


def test_an_sdk_that_cannot_be_loaded_is_tried_once_told_once_and_leaves_no_thread(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    telemetry = telemetry_to(monkeypatch, collector.server_port)
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "0")  # behind the back of the check
    inner = InMemoryQueue("triggers")
    queue, sender = telemetry.queue(inner), telemetry.sender(InMemorySender(InMemoryQueue("background")))
    before = set(threading.enumerate())
    telemetry.start()
    for _ in range(20):
        inner.put("{}", {"traceparent": Attribute(TRACEPARENT)})
        (delivery,) = queue.receive(1, 0)
        with telemetry.observer("triggers").attempt(delivery, a_job(), known_type=True) as attempt:
            assert attempt.headers_for("background", a_job()) == {"traceparent": TRACEPARENT}
            attempt.ended(Done(), None, 0.1)
        assert not sender.send([OutgoingMessage("{}")])
        assert not queue.delete([delivery])
    assert telemetry.flush(GENEROUS_SECONDS)

    for thread in set(threading.enumerate()) - before:
        thread.join(GENEROUS_SECONDS)
        assert not thread.is_alive(), thread
    (line,) = [record.getMessage() for record in caplog.records if record.name == "jobqueue.telemetry"]
    assert "telemetry is off" in line
    assert "interval value 0.0 is invalid" in line


@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
def test_a_proxy_does_not_swallow_what_is_for_a_collector_on_this_machine(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setattr(proxies, "_logged", set())
    with collecting() as proxy:
        monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{proxy.server_port}")
        telemetry = telemetry_to(monkeypatch, collector.server_port)
        do_a_job(telemetry)
        assert telemetry.flush(GENEROUS_SECONDS)
        # By their whole address: what an earlier test left behind may still try its own collector, by way of this proxy now.
        asked = [path for path, _ in list(proxy.received.queue)]
        assert not [path for path in asked if f":{collector.server_port}/" in path]

    assert {collector.received.get(timeout=GENEROUS_SECONDS)[0] for _ in range(2)} == {"/v1/traces", "/v1/metrics"}
    (line,) = [record.getMessage() for record in caplog.records if record.name == "jobqueue.telemetry"]
    assert f"at http://127.0.0.1:{collector.server_port} directly" in line
    assert f"the proxy http://127.0.0.1:{proxy.server_port} of the environment" in line
    assert "secret" not in line


def test_a_proxy_is_not_asked_for_a_collector_on_this_machine_over_grpc_either(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Takes(grpc.GenericRpcHandler):
        def service(self, _: object) -> Any:
            return grpc.unary_unary_rpc_method_handler(lambda _request, _context: b"")

    server = grpc.server(ThreadPoolExecutor(1), (Takes(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        exporter = span_exporter(SignalPlan("grpc", GENEROUS_SECONDS, f"http://127.0.0.1:{port}"))
        kit.instruments.call_span(SpanTemplate("any", "client", {}), {}, (), None, started_ns=1)
        assert exporter.export(kit.spans) is SpanExportResult.SUCCESS
        exporter.shutdown()
    server.stop(None).wait()


def test_a_proxy_that_fails_on_the_way_to_a_collector_elsewhere_is_named_with_the_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy}")
        address = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318", "OTEL_EXPORTER_OTLP_TIMEOUT": "0.2"}
        telemetry = telemetry_to(monkeypatch, 0, **address)
        do_a_job(telemetry)
        assert telemetry.flush(GENEROUS_SECONDS)

    (line,) = [record.getMessage() for record in caplog.records if record.name == "jobqueue.telemetry"]
    assert f"(the collector at http://collector.example:4318 is reached by way of the proxy http://{proxy})" in line


@pytest.mark.slow
def test_a_forked_child_has_none_of_telemetrys_threads_and_exports_nothing(collector: Collector) -> None:
    """In a process of its own: this one's fork would have pytest's threads."""
    code = """
import os, threading, time
from opentelemetry import metrics, trace
from jobqueue.telemetry.setup import Telemetry
from jobqueue.telemetry.span_template import SpanTemplate
telemetry = Telemetry("main-job", "1.2.3", os.environ)
telemetry.observer("triggers")  # its heartbeat is exported
telemetry.instruments()
def span(name):
    trace.get_tracer("t").start_span(name).end()
span("parent")
child = os.fork()
if child == 0:
    for _ in range(3_000):
        span("child")
    while threading.active_count() > 1:  # the SDK's, which ends at once
        time.sleep(0.01)
    trace.get_tracer_provider().force_flush()
    metrics.get_meter_provider().force_flush()
    os._exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
assert telemetry.flush(10)
"""
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **endpoint}, check=True, timeout=60)
    received = [collector.received.get_nowait() for _ in range(collector.received.qsize())]
    traces = [ExportTraceServiceRequest.FromString(body) for path, body in received if path == "/v1/traces"]
    assert [span.name for sent in traces for span in sent.resource_spans[0].scope_spans[0].spans] == ["parent"]
    assert [path for path, _ in received].count("/v1/metrics") == 1


@pytest.mark.slow
def test_grpc_and_the_exporters_are_imported_only_when_they_are_asked_for() -> None:
    code = """
import os, sys
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
os.environ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "0.5"
from jobqueue.telemetry.export_plan import SignalPlan
from jobqueue.telemetry.exporters import metric_exporter, span_exporter
from jobqueue.telemetry.setup import Telemetry
from jobqueue.telemetry.span_template import SpanTemplate
telemetry = Telemetry("main-job", "1.2.3", os.environ)
telemetry.observer("jobs")
telemetry.observer("triggers")  # its heartbeat is exported
telemetry.instruments()
assert not {"requests", "google.protobuf", "grpc"} & set(sys.modules)
telemetry.flush(20)
assert "google.protobuf" in sys.modules
assert not {"requests", "http.client", "ssl", "grpc"} & set(sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0


def test_grpc_exports_where_the_protocol_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    plan = SignalPlan("grpc", 1.0)
    spans, measured = span_exporter(plan), metric_exporter(plan)

    assert isinstance(spans, OTLPSpanExporter)
    assert isinstance(measured, OTLPMetricExporter)
    spans.shutdown()
    measured.shutdown()


def _saying(said: threading.Event, words: str = "") -> Callable[[logging.LogRecord], bool]:
    def heard(record: logging.LogRecord) -> bool:
        if words in record.getMessage():
            said.set()
        return True

    return heard
