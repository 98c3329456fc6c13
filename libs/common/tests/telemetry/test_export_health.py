"""What is said of a collector that is missing, and of one that is back."""

import logging

import pytest

from jobqueue.telemetry.export_health import EVERY_SECONDS, ExportHealth

GONE = "telemetry is not delivered; jobs go on without it: "
BACK = "telemetry is delivered again"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(caplog: pytest.LogCaptureFixture) -> Clock:
    caplog.set_level(logging.INFO)
    return Clock()


@pytest.fixture
def export_health(clock: Clock) -> ExportHealth:
    return ExportHealth(clock)


def test_a_missing_collector_is_told_once_and_its_return_once(
    export_health: ExportHealth, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    export_health.note_reason("refused")
    for _ in range(100):
        export_health.failed("traces")
        export_health.failed("metrics")
        clock.now += 60
    export_health.delivered("traces")
    export_health.delivered("metrics")
    export_health.delivered("traces")

    assert caplog.messages == [GONE + "refused", BACK]
    back = caplog.records[1].__dict__
    assert (back["afterSeconds"], back["failures"]) == (6000.0, 200)


def test_it_is_back_only_when_everything_that_failed_is_delivered(
    export_health: ExportHealth, caplog: pytest.LogCaptureFixture
) -> None:
    export_health.failed("traces", "X-Ray said no")
    export_health.delivered("metrics")
    assert caplog.messages == [GONE + "X-Ray said no"]


def test_a_collector_that_comes_and_goes_is_told_twice_in_five_minutes_at_most(
    export_health: ExportHealth, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        export_health.failed("traces", "refused")
        export_health.delivered("traces")
        clock.now += (EVERY_SECONDS - 1) / 20
    assert caplog.messages == [GONE + "refused", BACK]


def test_one_that_stays_away_is_told_even_if_it_went_while_nothing_was_to_be_said(
    export_health: ExportHealth, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    export_health.failed("traces", "refused")
    export_health.delivered("traces")
    export_health.failed("traces", "refused again")
    clock.now += EVERY_SECONDS
    export_health.failed("traces", "still refused")
    assert caplog.messages == [GONE + "refused", BACK, GONE + "still refused"]


def test_an_export_that_a_repetition_saves_is_no_news(
    export_health: ExportHealth, caplog: pytest.LogCaptureFixture
) -> None:
    export_health.note_reason("Transient error 503")
    export_health.delivered("traces")
    assert caplog.messages == []

    export_health.note_reason("Connection refused")
    export_health.failed("traces")
    assert caplog.messages == [GONE + "Connection refused"]
