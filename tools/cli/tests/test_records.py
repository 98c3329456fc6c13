"""`jobctl list` and `show` where the stack keeps job records, and where their table cannot be read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from jobctl.watch.job_screen import read_job
from jobctl.watch.source import Source
from jobqueue.consumer.job_batches import BATCH, NewBatch, Place
from jobqueue.consumer.job_records import Beat, Ending, JobRecord, Key, NewJob, Start, Status
from jobqueue.consumer.job_steps import JobStep
from jobqueue.messages.job_id import derive_job_id, job_id_ms, new_job_id
from jobqueue.testing import SystemClock
from jobqueue.testing.contract import DynamoDbBackend
from jobqueue.testing.contract.job_records import KEEPING
from localaws.aws import CREDENTIALS

from .conftest import AWAY, Jobs
from .watch.watching import call_to
from .world import World


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


@dataclass
class Recorded:
    """Jobs as workers record them."""

    backend: DynamoDbBackend

    def __post_init__(self) -> None:
        self.records = self.backend.records(SystemClock(), KEEPING)

    def queued(self, job_type: str = "report", correlation_id: str = "c", parent: str = "") -> Key:
        time.sleep(0.002)  # ids of one millisecond are in no order
        key = Key(new_job_id(), job_type)
        new = NewJob(key=key, type=job_type, digest="", correlation_id=correlation_id, parent=parent)
        assert isinstance(self.records.queued(new), JobRecord)
        return key

    def running(self, key: Key, progress: dict[str, Any] | None = None, lease_seconds: float = 60) -> Key:
        now = time.time_ns() // 1_000_000
        ends = round(now + lease_seconds * 1000)
        start = Start(key=key, type=key.stage, owner="o", lease_ends=ends, sent_at=now, correlation_id="c")
        assert isinstance(self.records.begin(start), JobRecord)
        if progress is not None:
            self.records.beat(key, "o", Beat(ends, progress=json.dumps(progress)))
        return key

    def ended(self, key: Key, status: Status, reason: str = "") -> Key:
        self.running(key)
        self.records.end(key, "o", Ending(status, time.time_ns() // 1_000_000, reason=reason))
        return key


@pytest.fixture
def recorded(still: World) -> Recorded:
    return Recorded(still.keep_records())


def test_jobs_are_listed_from_records_newest_first_with_what_they_do(jobs: Jobs, recorded: Recorded) -> None:
    dead = recorded.ended(recorded.queued(), Status.DEAD, "simulated")
    done = recorded.ended(recorded.queued("import"), Status.COMPLETED)
    waits = recorded.queued("import", "order-1", parent=dead.job_id)
    runs = recorded.running(recorded.queued(), {"done": 3, "total": 10, "message": "orders"})
    lost = recorded.running(recorded.queued(), lease_seconds=-1)
    listed = jobs.said("list")
    assert [(one["job_id"], one["status"]) for one in listed] == [
        (lost.job_id, "lost"),
        (runs.job_id, "running"),
        (waits.job_id, "queued"),
        (done.job_id, "completed"),
        (dead.job_id, "dead letter"),
    ]
    assert (listed[1]["progress"], listed[2]["parent"], listed[4]["reason"]) == (
        "3/10 orders",
        dead.job_id,
        "simulated",
    )

    def ids(*options: str) -> list[str]:
        return [one["job_id"] for one in jobs.said("list", *options)]

    assert ids("--status", "dead-letter") == [dead.job_id]
    assert ids("--type", "import", "--limit", "1") == [waits.job_id]
    assert ids("--type", "import", "--status", "completed", "--since", "1h") == [done.job_id]
    assert ids("--correlation-id", "order-1") == [waits.job_id]
    assert ids("--correlation-id", "order-2") == []
    assert (ids("--status", "running"), ids("--status", "lost")) == ([runs.job_id], [lost.job_id])
    table = jobs.run("list", "--limit", "2")
    assert "3/10 orders" in table.stdout
    assert "The newest 2; --limit shows more." in table.stderr


def test_a_job_is_shown_from_its_records_with_its_stages_and_steps(jobs: Jobs, recorded: Recorded) -> None:
    key = recorded.running(recorded.queued(), {"done": 1, "total": 2})
    steps = recorded.backend.steps(SystemClock(), KEEPING)
    steps.end(JobStep(key=key, name="fetch", attempt=1, at=1, result="1"))
    recorded.records.cancel(key, "not needed")
    shown = jobs.said("show", key.job_id)
    assert (shown["status"], shown["state"]["progress"], shown["attempts"]) == ("running", "1/2", [])
    assert [(one["key"]["stage"], one["cancel"]) for one in shown["stages"]] == [("report", "not needed")]
    assert shown["steps"] == [{"stage": "report", "name": "fetch", "state": "ended"}]
    text = jobs.run("show", key.job_id)
    words = ("running", "1/2", "to be cancelled: not needed", "fetch (ended)")
    assert [word for word in words if word not in text.stdout] == []
    assert "--logs" in text.stderr


def test_a_batch_is_shown_with_the_jobs_that_it_waits_for(jobs: Jobs, recorded: Recorded) -> None:
    batch_id = new_job_id()
    batch = Key(batch_id, BATCH)
    batches = recorded.backend.batches(SystemClock(), KEEPING)
    recorded.records.queued(NewJob(key=batch, type=BATCH, digest=""))
    batches.make(NewBatch(batch_id=batch_id, jobs=4, then="{}"))
    assert jobs.said("show", batch_id)["batch"] is None, "not all of it is sent"
    ids = [derive_job_id(batch_id, str(number), job_id_ms(batch_id)) for number in range(4)]
    for number, job_id in enumerate(ids, start=1):
        key = Key(job_id, "bill")
        recorded.records.queued(NewJob(key=key, type="bill", digest="", parent=batch_id, number=number))
    recorded.running(batch)
    recorded.ended(Key(ids[0], "bill"), Status.COMPLETED)
    batches.mark(Place(batch_id, 0), ids[0], Status.COMPLETED)
    recorded.ended(Key(ids[1], "bill"), Status.DEAD, "no_address")
    batches.mark(Place(batch_id, 1), ids[1], Status.DEAD)
    recorded.records.cancel(Key(ids[2], "bill"), "not needed")  # its message waits: it is not counted yet
    assert jobs.said("show", batch_id)["batch"] == {
        "jobs": 4,
        "open": 2,
        "completed": 1,
        "dead": 1,
        "cancelled": 0,
        "open_ids": [ids[3]],
    }
    text = jobs.run("show", batch_id).stdout
    assert "2 of 4 open, 1 completed, 1 dead, 0 cancelled" in text
    assert f"{ids[3]}, 1 more" in text


def test_what_records_do_not_know_is_read_from_the_logs(jobs: Jobs, still: World, recorded: Recorded) -> None:
    job_id = new_job_id()
    event = {"jobId": job_id, "jobType": "report", "attempt": 1, "event": "job.completed", "message": "completed"}
    stream = f"job-streams/{time.strftime('%Y-%m-%d', time.gmtime())}/{job_id}"
    still.write(still.group("background-job"), stream, (time.time_ns() // 1_000_000, json.dumps(event)))
    shown = jobs.said("show", job_id)
    assert (shown["status"], shown["stages"]) == ("completed", [])
    unknown = jobs.run("show", new_job_id())
    assert (unknown.exit_code, unknown.stdout) == (4, "")
    key = recorded.ended(recorded.queued(), Status.COMPLETED)
    full = jobs.said("show", key.job_id, "--logs")
    assert (full["status"], [one["status"] for one in full["stages"]]) == ("completed", ["completed"])
    assert jobs.said("list", "--status", "hung") == []
    assert [one["job_id"] for one in jobs.said("list", "--logs")] == [job_id]


@pytest.mark.parametrize(
    ("status", "reason", "code", "word"),
    [
        (Status.COMPLETED, "", 0, "completed"),
        (Status.CANCELLED, "not needed", 0, "cancelled"),
        (Status.DEAD, "worker_lost", 5, "dead letter"),
        (None, "", 6, "not ended"),
    ],
)
def test_a_submitted_job_is_waited_for_by_its_record(
    jobs: Jobs, recorded: Recorded, status: Status | None, reason: str, code: int, word: str
) -> None:
    key = recorded.running(recorded.queued())
    if status is not None:
        recorded.records.end(key, "o", Ending(status, time.time_ns() // 1_000_000, reason=reason))
    trigger = json.dumps({"trigger": "test", "jobId": key.job_id, "jobType": key.stage})
    said = jobs.said("submit", "--data", trigger, "--wait", "--timeout", "0s", code=code)
    assert (said["job_id"], said["status"], said.get("reason", "")) == (key.job_id, word, reason)


def test_the_live_view_has_the_jobs_of_the_records_and_a_job_s_stages(
    still: World, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    waits = recorded.queued()
    runs = recorded.running(recorded.queued(), {"done": 3, "total": 10})
    cancelled = recorded.queued(parent=runs.job_id)
    recorded.records.cancel(cancelled, "not needed")
    cli = call_to(still)
    calls: list[str] = []
    events = cli.session.client("dynamodb").meta.events
    events.register("before-call.*.*", lambda model, **_: calls.append(model.name))
    snapshot = Source(cli.session).read()
    assert not snapshot.errors
    assert [(one.job_id, one.status, one.progress, one.reason, one.parent) for one in snapshot.jobs] == [
        (cancelled.job_id, "cancelled", "", "not needed", runs.job_id),
        (runs.job_id, "running", "3/10", "", ""),
        (waits.job_id, "queued", "", "", ""),
    ]
    assert (calls.count("Query"), calls.count("BatchGetItem")) == (24, 1)
    views = read_job(cli, runs.job_id)
    assert not views.ended
    with cli.output.console.capture() as shown:
        cli.output.console.print(views.timeline)
    assert "3/10" in shown.get()


@pytest.mark.parametrize("command", [["list"], ["show"]])
def test_where_the_table_cannot_be_read_the_logs_are_and_one_line_says_so(
    jobs: Jobs, still: World, recorded: Recorded, command: list[str]
) -> None:
    job_id = new_job_id()
    event = {"jobId": job_id, "jobType": "report", "attempt": 1, "event": "job.completed", "message": "completed"}
    stream = f"job-streams/{time.strftime('%Y-%m-%d', time.gmtime())}/{job_id}"
    still.write(still.group("background-job"), stream, (time.time_ns() // 1_000_000, json.dumps(event)))
    said = jobs.run(*command, *([job_id] if command == ["show"] else []), **AWAY)
    assert (said.exit_code, job_id in said.stdout) == (0, True)
    (line,) = said.stderr.splitlines()
    assert line.startswith("Job records cannot be read, so logs are: ")
