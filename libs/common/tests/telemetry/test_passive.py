import subprocess
import sys

import pytest

from jobqueue.messages.outcome import Done
from jobqueue.telemetry.passive import PassiveObserver
from jobqueue.telemetry.setup import Telemetry
from jobqueue.testing import InMemoryQueue, InMemorySender

from .kit import PARENT_ID, TRACE_ID, TRACEPARENT, a_delivery, a_job


def test_a_trace_that_began_elsewhere_is_passed_on_as_it_came() -> None:
    observer = PassiveObserver()
    delivery = a_delivery({"traceparent": TRACEPARENT, "tracestate": "vendor=1"})

    with observer.attempt(delivery, a_job(), known_type=True) as attempt:
        headers = attempt.headers_for("background", a_job())
        attempt.ended(Done(), None, 0.1)

    assert headers == {"traceparent": TRACEPARENT, "tracestate": "vendor=1"}
    assert (attempt.trace_id, attempt.span_id) == (TRACE_ID, PARENT_ID)


def test_no_trace_is_made_up_for_a_message_without_one() -> None:
    with PassiveObserver().attempt(a_delivery(), a_job(), known_type=True) as attempt:
        assert attempt.headers_for("background", a_job()) == {}
        assert attempt.trace_id == attempt.span_id == ""


def test_without_an_endpoint_nothing_is_wrapped_and_there_is_nothing_to_flush() -> None:
    telemetry = Telemetry("main-job", "1.2.3", {})
    queue = InMemoryQueue()
    sender = InMemorySender(queue)

    telemetry.start()

    assert not telemetry.exports
    assert telemetry.queue(queue) is queue
    assert telemetry.sender(sender) is sender
    assert isinstance(telemetry.observer("jobs"), PassiveObserver)
    assert telemetry.flush(0)


@pytest.mark.slow
def test_nothing_of_opentelemetry_is_imported_before_it_is_needed() -> None:
    code = """
import sys
from jobqueue.telemetry.setup import Telemetry
from jobqueue.telemetry.logs import setup_logging
telemetry = Telemetry("main-job", "1.2.3", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
setup_logging("main-job", "1.2.3")
telemetry.observer("jobs").watch(slots_in_use=int, slots_stuck=int)
sys.exit("opentelemetry" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0


def test_a_trace_without_a_span_is_named_and_writes_no_header() -> None:
    delivery = a_delivery(trace_header="Root=1-5759e988-bd862e3fe1be46a994272793")
    attempt = PassiveObserver().attempt(delivery, a_job(), known_type=True)

    assert (attempt.trace_id, attempt.span_id) == ("5759e988bd862e3fe1be46a994272793", "")
    assert attempt.headers_for("background", a_job()) == {}
