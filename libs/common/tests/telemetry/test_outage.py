"""What is said of a collector that is missing, and of one that is back."""

import logging

import pytest

from jobqueue.telemetry.outage import EVERY_SECONDS, Outage

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
def outage(clock: Clock) -> Outage:
    return Outage(clock)


def test_a_missing_collector_is_told_once_and_its_return_once(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    outage.because("refused")
    for _ in range(100):
        outage.failed("traces")
        outage.failed("metrics")
        clock.now += 60
    outage.delivered("traces")
    outage.delivered("metrics")
    outage.delivered("traces")

    assert caplog.messages == [GONE + "refused", BACK]
    back = caplog.records[1].__dict__
    assert (back["afterSeconds"], back["failures"]) == (6000.0, 200)


def test_it_is_back_only_when_everything_that_failed_is_delivered(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.failed("traces", "X-Ray said no")
    outage.delivered("metrics")
    assert caplog.messages == [GONE + "X-Ray said no"]


def test_a_collector_that_comes_and_goes_is_told_twice_in_five_minutes_at_most(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        outage.failed("traces", "refused")
        outage.delivered("traces")
        clock.now += (EVERY_SECONDS - 1) / 20
    assert caplog.messages == [GONE + "refused", BACK]


def test_one_that_stays_away_is_told_even_if_it_went_while_nothing_was_to_be_said(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    outage.failed("traces", "refused")
    outage.delivered("traces")
    outage.failed("traces", "refused again")
    clock.now += EVERY_SECONDS
    outage.failed("traces", "still refused")
    assert caplog.messages == [GONE + "refused", BACK, GONE + "still refused"]


def test_an_export_that_a_repetition_saves_is_no_news(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    outage.because("Transient error 503")
    outage.delivered("traces")
    assert caplog.messages == []

    outage.because("Connection refused")
    outage.failed("traces")
    assert caplog.messages == [GONE + "Connection refused"]
