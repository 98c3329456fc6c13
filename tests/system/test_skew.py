"""Do old and new workers get along while a deployment rolls? The new job type is under load, and the old worker takes its share of it."""

from __future__ import annotations

from collections import Counter

from .flow import JOBS, JOBS_DLQ, TRIGGERS, TRIGGERS_DLQ, Flow, until

TRIGGERS_SENT = 300
SETTINGS = {"UNSUPPORTED_FIRST_SECONDS": 0.5, "RETRY_MOST_SECONDS": 4}


def test_a_new_job_type_is_done_by_the_new_worker_and_never_dead_lettered_by_the_old(flow: Flow) -> None:
    flow.make(max_receive_count=20)
    main = flow.start("main_job")
    old = flow.start("background_job", **SETTINGS)
    for number in range(TRIGGERS_SENT):
        flow.trigger(jobType="brand-new" if number % 2 else "main-job-processing", correlationId=f"skew-{number}")
    old.wait_for(lambda line: line.get("event") == "job.unsupported", count=20)
    new = flow.start("newer-background", **SETTINGS)
    new.wait_for_message("job done", count=20)
    old.terminate()
    assert old.end() == 0
    until(lambda: flow.held(TRIGGERS, JOBS) == 0, "all triggers and jobs are settled")
    for worker in (main, new):
        worker.terminate()
        assert worker.end() == 0

    assert flow.held(TRIGGERS_DLQ, JOBS_DLQ) == 0
    completed = Counter(
        event["correlationId"] for _, event in flow.log_events() if event.get("event") == "job.completed"
    )
    assert set(completed) == {f"skew-{number}" for number in range(TRIGGERS_SENT)}
    failed = [event for _, event in flow.log_events() if event.get("event") == "job.failed"]
    assert not failed, "an unsupported job is no failed attempt"
