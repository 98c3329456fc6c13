"""Old and new workers side by side while a deployment rolls: what is new is under load, and the old worker takes its share of it."""

from __future__ import annotations

from collections import Counter

from jobqueue.messages.job_id import new_job_id

from .flow import JOBS, JOBS_DLQ, TRIGGERS, TRIGGERS_DLQ, Flow, until

TRIGGERS_SENT = 300
SETTINGS = {"UNSUPPORTED_FIRST_SECONDS": 0.5, "RETRY_MAX_SECONDS": 4}


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


AS_THE_VERSION_BEFORE_WROTE_IT = (
    '{"jobId":"%s","jobType":"main-job-processing","correlationId":"old-%d","timestamp":"2026-01-01T00:00:00.000Z","version":1,'
    '"data":{"originalTrigger":{"trigger":"test","data":{"number":%d}},"mainJobResult":{"number":%d}}}'
)


def completions(flow: Flow) -> Counter[tuple[object, ...]]:
    return Counter(
        tuple(event.get(name) for name in ("from", "number", "trigger"))
        for _, event in flow.log_events()
        if event.get("event") == "job.completed" and "from" in event
    )


def test_a_new_background_job_does_what_an_old_main_job_sent_and_sends_on_to_its_own_queue(flow: Flow) -> None:
    flow.make()
    worker = flow.start("sending-background", **SETTINGS)
    for number in range(20):
        flow.send(JOBS, AS_THE_VERSION_BEFORE_WROTE_IT % (new_job_id(), number, number, number))
    until(
        lambda: sum(completions(flow).values()) >= 20 and flow.held(JOBS) == 0,
        "all jobs, and those they sent, are done",
    )
    worker.terminate()
    assert worker.end() == 0
    assert completions(flow) == {("job", number, number): 1 for number in range(20)}
    assert flow.held(JOBS_DLQ) == 0


def test_an_old_background_job_does_a_new_main_job_s_jobs_and_leaves_those_with_data_of_their_own_to_newer_ones(
    flow: Flow,
) -> None:
    flow.make(max_receive_count=20)
    main, old = flow.start("sending-main"), flow.start("older-background", **SETTINGS)
    for number in range(20):
        flow.trigger(data={"number": number}, correlationId=f"skew-{number}")
    main.wait_for_message("job done", count=20)
    old.wait_for_message("job done", count=20)
    old.wait_for(lambda line: line.get("event") == "job.unsupported", count=20)
    assert not completions(flow)
    new = flow.start("sending-background", **SETTINGS)
    until(lambda: flow.held(TRIGGERS, JOBS) == 0, "all triggers and jobs are settled")
    for worker in (main, old, new):
        worker.terminate()
        assert worker.end() == 0
    assert completions(flow) == {("trigger", number, number): 1 for number in range(20)}
    assert flow.held(TRIGGERS_DLQ, JOBS_DLQ) == 0
