"""What becomes of OpenTelemetry's own lines."""

import logging
from collections.abc import Iterator

import pytest

from jobqueue.consumer.rate_limited_log import MAX_KINDS
from jobqueue.telemetry.export_health import EVERY_SECONDS, ExportHealth
from jobqueue.telemetry.otel_log_filter import OtelLogFilter, filter_otel_logs


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """pytest also listens to loggers that do not propagate."""
    return [record for record in caplog.records if record.name == "jobqueue.telemetry"]


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    theirs = logging.getLogger("opentelemetry")
    handlers, propagate = theirs.handlers[:], theirs.propagate
    theirs.handlers[:], theirs.propagate = [OtelLogFilter(ExportHealth(clock), clock)], False
    yield clock
    theirs.handlers[:], theirs.propagate = handlers, propagate


def test_what_an_exporter_says_is_told_only_where_its_export_fails(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    exporter.warning("Transient error %s encountered", 503)
    exporter.error("Failed to export spans batch due to timeout, max retries or shutdown.")
    assert ours(caplog) == []

    filter_otel_logs().failed("traces")
    (line,) = ours(caplog)
    assert line.getMessage() == "telemetry is not delivered; jobs go on without it: Transient error 503 encountered"


def test_an_exporter_that_raises_is_an_outage_with_its_error(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError("Invalid compression type: 'zip'")
    for logger in ("opentelemetry.sdk._shared_internal", "opentelemetry.sdk.metrics._internal.export"):
        logging.getLogger(logger).error("Exception while exporting", exc_info=error)

    (line,) = ours(caplog)
    assert line.getMessage().endswith("Exception while exporting ValueError: Invalid compression type: 'zip'")


def test_spans_that_find_no_room_are_the_same_outage(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        logging.getLogger("opentelemetry.sdk._shared_internal").warning("Queue full, dropping %s.", "Span")
    filter_otel_logs().failed("traces", "timeout")

    assert [line.getMessage() for line in ours(caplog)] == [
        "telemetry is not delivered; jobs go on without it: Queue full, dropping Span."
    ]


def test_any_other_message_is_told_once_in_five_minutes(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    for clock.now in (0.0, 1.0, EVERY_SECONDS - 1, EVERY_SECONDS + 1):
        logging.getLogger("opentelemetry.attributes").warning("Invalid type %s", clock.now)
    logging.getLogger("opentelemetry.sdk.metrics._internal.export").warning("Found invalid value for export interval")

    assert [(line.getMessage(), line.__dict__.get("heldBack")) for line in ours(caplog)] == [
        ("OpenTelemetry: Invalid type 0.0", None),
        ("OpenTelemetry: Invalid type 301.0", 2),
        ("OpenTelemetry: Found invalid value for export interval", None),
    ]


def test_messages_that_hold_words_from_outside_do_not_add_up(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(MAX_KINDS + 50):
        logging.getLogger("opentelemetry.instrumentation").warning(f"{number} is odd")  # noqa: G004 (as some do)

    assert len(ours(caplog)) == MAX_KINDS + 1


def test_a_line_that_cannot_be_read_harms_nobody() -> None:
    record = logging.LogRecord("opentelemetry.sdk.trace", logging.WARNING, "", 0, "%d spans", ("several",), None)
    assert OtelLogFilter(ExportHealth()).handle(record)
