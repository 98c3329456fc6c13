"""Every trigger comes to its end while workers are killed, handlers fail, fork and kill, and AWS throttles, fails, cuts and hangs; with records of
triggers and jobs, and without. Each record says what became of its job, no attempt begins beside a live lease, and none of a job that was
cancelled; of the jobs with one unique key no two are open at once.

CRASH_SEED=1234 nox -s test -- -k crash      the same triggers, fates, victims and faults again (timing is the machine's)
CRASH_TRIGGERS=2000 nox -s test -- -k crash  a longer run
"""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from itertools import islice
from threading import Event, Thread

import pytest

from jobqueue.consumer.job_records import Status
from jobqueue.dynamodb.job_records import DynamoDbJobRecords
from jobqueue.testing.contract import DynamoDbBackend
from jobqueue.testing.contract.job_records import KEEPING

from .cancels import Cancels
from .chaos import Chaos
from .evidence import Evidence, begun_wrongly, overlapping
from .flow import JOBS, TRIGGERS, Flow
from .plan import COMPLETED, Planned, planned

TRIGGERS_SENT = int(os.environ.get("CRASH_TRIGGERS", "400"))
SEND_SECONDS = TRIGGERS_SENT / 40
"""New triggers keep coming for so long, so that workers die under load and not beside it."""
STRIKE_SECONDS = TRIGGERS_SENT / 25
DEADLINE_SECONDS = 600
SHOWN = 5
MAX_CONDEMNED = 3
"""Triggers that strikes made look as if they killed their workers: each lost five receives in a row, two of them alone (`suspects.GUILTY_AFTER`)."""
DEFECT = re.compile("^unexpected error|a defect in the runtime")
"""What the runtime says of itself when something happened that it has no rule for."""

FAULTS = {
    "latency_ms": {"ReceiveMessage": 10, "PutLogEvents": 40, "DeleteMessageBatch": 40, "SendMessage": 0, "*": 20},
    "throttle": {"SendMessage": 0, "*": 0.05},
    "internal_error": {"SendMessage": 0, "*": 0.05},
    "cut_before": {"SendMessage": 0, "*": 0.01},
    "cut_after": {"SendMessage": 0, "*": 0.01},
    "truncate": {"SendMessage": 0, "SendMessageBatch": 0.04, "*": 0.01},
    "hang_before": {"SendMessage": 0, "ReceiveMessage": 0.001, "*": 0.01},
    "hang_after": {"SendMessage": 0, "ReceiveMessage": 0.001, "*": 0.01},
    "entry_failure": {"SendMessage": 0, "SendMessageBatch": 0.05, "*": 0.02},
    "create_log_stream_per_second": 50,
}
"""Rates are chances a call. SendMessage is only the test's own: a worker sends in batches, whose answers are told wrongly most often, since there
a mistake loses a job. Latency widens the gaps between a job's end, its log and its delete, in which a kill hurts most."""

SETTINGS = {
    "LEASE_SECONDS": 3,
    "POLL_WAIT_SECONDS": 1,
    "GRACE_SECONDS": 5,
    "JOB_LOG_LINGER_SECONDS": 0.1,
    "JOB_LOG_FLUSH_SECONDS": 0.5,
    "JOB_LOG_STREAMS_PER_SECOND": 15,
    "JOB_LOG_STREAM_WAIT_SECONDS": 0.5,
}
"""Short leases and retries, a job's log in several calls, a share of new streams that makes about half of the jobs overflow, and stops so short that
some jobs' events reach stdout alone."""


def send_all(flow: Flow, triggers: list[Planned], over: Event, cancels: Cancels | None) -> None:
    began = time.monotonic()
    for sent, trigger in enumerate(triggers):
        if cancels is not None:
            cancels.before_send(trigger)
        flow.send(TRIGGERS, trigger.body)
        ahead = began + SEND_SECONDS * sent / len(triggers) - time.monotonic()
        if ahead > 0 and over.wait(ahead):
            return


@pytest.mark.timeout(DEADLINE_SECONDS + 120)
@pytest.mark.parametrize("with_records", [False, True], ids=["without records", "with records"])
def test_every_trigger_ends_as_one_job_id_completed_or_dead_lettered_with_its_reason(
    flow: Flow, with_records: bool
) -> None:
    seed = os.environ.get("CRASH_SEED") or str(random.randrange(1_000_000))
    print(f"\nCRASH_SEED={seed}")
    flow.make(max_receive_count=1000)
    table = DynamoDbBackend(flow.aws.endpoint) if with_records else None
    settings = SETTINGS if table is None else {**SETTINGS, "JOB_TABLE": table.table, "JOB_RECORD_TRIGGERS": "true"}
    flow.aws.faults(**FAULTS, seed=random.Random(seed).randrange(2**32))  # type: ignore[arg-type]
    count = TRIGGERS_SENT // 2 if with_records else TRIGGERS_SENT  # records that cannot be written hold jobs up
    triggers = [planned(seed, number, with_records=with_records) for number in range(count)]
    chance = random.Random(f"{seed}/chaos")
    crew = [lambda: flow.start("obedient-main", **settings)] * 2 + [
        lambda: flow.start("obedient-background", **settings)
    ] * 2
    over = Event()
    cancels = None
    if table is not None:
        cancels = Cancels(DynamoDbJobRecords(table.calls, table.table, KEEPING))
        Thread(target=cancels.run, args=(over,), daemon=True).start()
    producer = Thread(target=send_all, args=(flow, triggers, over, cancels), daemon=True)
    producer.start()
    chaos = Chaos(crew, chance)
    began = time.monotonic()
    try:
        while producer.is_alive() or flow.held(TRIGGERS, JOBS):
            over.wait(chance.uniform(0.1, 1.2))
            chaos.revive()
            elapsed = time.monotonic() - began
            if elapsed > DEADLINE_SECONDS:
                print(f"still in the queues after {elapsed:.0f} s: {flow.aws.queues()}")
                break
            if elapsed < STRIKE_SECONDS:
                chaos.strike()
    finally:
        over.set()
    seconds = time.monotonic() - began
    flow.aws.faults()
    chaos.end()
    left = flow.held(TRIGGERS, JOBS)
    lines = chaos.lines()
    evidence = Evidence(flow, lines)
    records = None if table is None else table.all()
    duplicates = [one for one in records or [] if one.reason.startswith("duplicate of ")]
    if cancels is not None:
        print(f"cancelled before they were sent: {len(cancels.early_ids)}; afterwards: {dict(cancels.answers)}")
        assert evidence.never_begun(cancels.early_ids)
        assert not (wrong := begun_wrongly(flow.aws.writes())), f"CRASH_SEED={seed}: {wrong[:SHOWN]}"
        keys = {one.unique: one.key for one in triggers if one.unique}
        assert not (wrong := overlapping(flow.aws.writes(), keys)), f"CRASH_SEED={seed}: {wrong[:SHOWN]}"
        print(
            f"triggers with one of {len({*keys.values()})} unique keys: {len(keys)}, of them duplicates: {len(duplicates)}"
        )

    ends = Counter(" ".join(trigger.fate) for trigger in triggers)
    print(f"{len(triggers)} triggers in {seconds:.0f} s, expected: {dict(ends)}; strikes: {dict(chaos.strikes)}")
    print(f"jobs that ran to their end more than once, under the same id: {evidence.repeated()}")
    print(f"jobs with events on stdout alone: {evidence.on_stdout_alone()}")
    defects = [line for line in lines if line.get("level") == "CRITICAL" or DEFECT.search(line.get("message", ""))]
    assert not defects, defects[:SHOWN]
    condemned = {trigger.number for trigger in triggers if evidence.condemned(trigger)}
    assert len(condemned) <= MAX_CONDEMNED, f"CRASH_SEED={seed}: dead-lettered as killers of their workers: {condemned}"
    judged = [trigger for trigger in triggers if trigger.number not in condemned]
    faults = {trigger.number: found for trigger in judged if (found := evidence.faults_of(trigger, records))}
    told = [f"trigger {n}: {'; '.join(f)}\n{evidence.story(n, lines)}" for n, f in islice(faults.items(), SHOWN)]
    assert not faults, f"CRASH_SEED={seed}: {len(faults)} triggers ended wrongly\n" + "\n".join(told)
    assert left == 0, f"CRASH_SEED={seed}: {left} messages are stuck: {flow.aws.queues()}"
    cancelled = [one for one in records or [] if one.status is Status.CANCELLED]
    assert len(evidence.fates) >= len(triggers) - len(cancelled) - len(duplicates)
    assert ends[" ".join(COMPLETED)]
    assert sum(chaos.strikes.values()) > 10
