"""The contract of an event bus: one suite that the double and EventBridge's adapter pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import pytest

from jobqueue.consumer.end_events import EventBus
from jobqueue.consumer.ports import QueueRefused
from jobqueue.messages.job_end import MAX_REASON_CHARACTERS, EndStatus, JobEnd
from jobqueue.messages.limits import MAX_PER_CALL

END = JobEnd("01KF3Q1VJ0000000000000000A", "c-1", "report", "report", "completed", 2, 1_767_225_600_123, 1.2345)
LONGEST = replace(
    END, correlation_id="é" * 256, job_type="ü" * 128, stage="ü" * 128, status="dead", reason="\0" * 99_999
)


class EventBusBackend(Protocol):
    """Where there are buses."""

    def bus(self) -> EventBus:
        """A new one, all of whose events `arrived` reads."""
        ...

    def missing(self) -> EventBus:
        """One that does not exist."""
        ...

    def arrived(self, count: int) -> list[Mapping[str, Any]]:
        """The events that came out of the last `bus`, at least `count`."""
        ...


class EventBusContract:
    """The suite. Inherit it and give it a fixture `backend`."""

    def test_an_end_is_an_event_that_says_what_ended_how_and_when(self, backend: EventBusBackend) -> None:
        bus = backend.bus()
        bus.check()
        assert not bus.put([END])
        (event,) = backend.arrived(1)
        assert (event["source"], event["detail-type"]) == ("jobqueue", "Job Completed")
        assert event["detail"] == {
            "id": f"{END.job_id}/report/completed",
            "jobId": END.job_id,
            "correlationId": "c-1",
            "jobType": "report",
            "stage": "report",
            "status": "completed",
            "attempt": 2,
            "endedAt": "2026-01-01T00:00:00.123Z",
            "seconds": 1.234,
            "stack": bus.name,
        }

    @pytest.mark.parametrize("status", ["dead", "cancelled"])
    def test_an_end_that_is_no_success_says_why(self, backend: EventBusBackend, status: EndStatus) -> None:
        bus = backend.bus()
        assert not bus.put([replace(END, status=status, reason="too_old", seconds=None)])
        (event,) = backend.arrived(1)
        assert event["detail-type"] == f"Job {status.capitalize()}"
        assert event["detail"]["reason"] == "too_old"
        assert "seconds" not in event["detail"]

    def test_ten_of_the_longest_ends_fit_into_a_call(self, backend: EventBusBackend) -> None:
        bus = backend.bus()
        assert not bus.put([replace(LONGEST, job_id=f"job-{number}") for number in range(MAX_PER_CALL)])
        events = backend.arrived(MAX_PER_CALL)
        assert {event["detail"]["jobId"] for event in events} == {f"job-{number}" for number in range(MAX_PER_CALL)}
        assert all(len(event["detail"]["reason"]) < MAX_REASON_CHARACTERS + 100 for event in events)

    def test_half_a_character_in_a_reason_stops_no_event(self, backend: EventBusBackend) -> None:
        bus = backend.bus()
        assert not bus.put([END, replace(END, job_id="job-2", status="cancelled", reason="half \ud83d of one")])
        assert {event["detail"]["jobId"] for event in backend.arrived(2)} == {END.job_id, "job-2"}

    def test_a_bus_that_does_not_exist_is_found_by_the_check(self, backend: EventBusBackend) -> None:
        with pytest.raises(QueueRefused):
            backend.missing().check()
