import logging
from collections.abc import Iterator

import pytest

from jobqueue.telemetry.quiet import EVERY_SECONDS, QuietHandler


class Minutes:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def ours(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """pytest also listens to loggers that do not propagate."""
    return [record for record in caplog.records if record.name == "jobqueue.telemetry"]


@pytest.fixture
def minutes() -> Iterator[Minutes]:
    clock = Minutes()
    theirs = logging.getLogger("opentelemetry")
    handlers, propagate = theirs.handlers[:], theirs.propagate
    theirs.handlers[:], theirs.propagate = [QuietHandler(clock)], False
    yield clock
    theirs.handlers[:], theirs.propagate = handlers, propagate


def test_a_missing_collector_is_said_once_and_again_after_five_minutes(
    minutes: Minutes, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    for minutes.now in (0.0, 1.0, EVERY_SECONDS - 1, EVERY_SECONDS + 1):
        exporter.error("Failed to export %s", minutes.now)
        logging.getLogger("opentelemetry.sdk.metrics._internal.export").warning("Metric collection timed out")

    first, second = ours(caplog)
    assert first.getMessage() == "telemetry is not delivered; jobs go on without it: Failed to export 0.0"
    assert second.__dict__["heldBack"] == 5


def test_what_is_not_about_exporting_has_a_line_of_its_own(minutes: Minutes, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("opentelemetry.exporter.otlp").error("Failed to export")
    for number in range(3):
        logging.getLogger("opentelemetry.attributes").warning("Invalid type %s", number)

    assert [record.getMessage() for record in ours(caplog)] == [
        "telemetry is not delivered; jobs go on without it: Failed to export",
        "OpenTelemetry: Invalid type 0",
    ]
