"""Log lines read as job events."""

from __future__ import annotations

import pytest

from jobqueue.client.job_event import JobEvent, read_job_event

LINE = (
    '{"jobId":"J","jobType":"simulate","correlationId":"c","attempt":2,"traceId":"t","level":"INFO","message":"completed",'
    '"timestamp":"2026-01-01T00:00:00.000Z","event":"job.completed","seconds":0.3}'
)


def test_a_line_becomes_an_event_whose_own_fields_are_apart() -> None:
    expected = JobEvent(
        7, "J", "c", "simulate", 2, "INFO", "completed", "job.completed", {"traceId": "t", "seconds": 0.3}
    )
    assert read_job_event(7, LINE) == expected


@pytest.mark.parametrize("line", ["hello", "[]", "{}", '{"jobId":7}', ""])
def test_a_line_of_somebody_else_is_no_event(line: str) -> None:
    assert read_job_event(1, line) is None
