"""A type with a limit of its own beside one without, in real workers that are stopped meanwhile: nothing is lost, and SQS moves nothing."""

from __future__ import annotations

from .flow import JOBS, JOBS_DLQ, Flow, until

LIMITED, OTHERS = 150, 300
SETTINGS = {"MAX_UNSETTLED": 40, "GRACE_SECONDS": 5, "JOB_LOG_STREAMS_PER_SECOND": 1000}


def test_jobs_beyond_their_types_limit_wait_hold_up_no_others_and_outlive_stops(flow: Flow) -> None:
    flow.make(max_receive_count=10)
    for number in range(LIMITED):
        flow.job("limited", number=number, seconds=0.03)
    for number in range(OTHERS):
        flow.job("little", number=number)
    worker = flow.start("limited-background", **SETTINGS)
    until(lambda: done(flow, "little") == OTHERS, "all of the other type")
    assert done(flow, "limited") < LIMITED, "the others overtook them"
    worker.terminate()
    assert worker.end() == 0
    assert flow.held(JOBS) > 0
    second = flow.start("limited-background", **SETTINGS)
    until(lambda: flow.held(JOBS) == 0, "the rest of them", seconds=120)
    second.terminate()
    assert second.end() == 0
    assert done(flow, "limited") == LIMITED
    assert flow.held(JOBS_DLQ) == 0, "two ran at once, or SQS moved what waited"


def done(flow: Flow, job_type: str) -> int:
    """Jobs of this type that were completed."""
    events = [event for _, event in flow.log_events() if event["jobType"] == job_type]
    return len({event["jobId"] for event in events if event.get("event") == "job.completed"})
