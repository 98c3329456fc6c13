"""A service that accepts calls and never answers: what a job did is done once, while that lasts and after. Real processes, leases of 6 s.

Leases of 60 s are proven on a manual clock: `libs/common/tests/consumer/test_hanging.py`.
"""

from __future__ import annotations

import json

import pytest

from .flow import JOBS, TRIGGERS, TRIGGERS_DLQ, Flow, until

LEASE = {"LEASE_SECONDS": 6, "POLL_WAIT_SECONDS": 1}
RENEW = "ChangeMessageVisibilityBatch"


def wish(**wishes: object) -> str:
    return json.dumps({"trigger": "hang", "data": {"number": 1, **wishes}})


@pytest.mark.parametrize(
    ("fault", "operation", "wishes"),
    [
        ("hang_before", "SendMessageBatch", {}),
        ("hang_after", "SendMessageBatch", {}),
        ("hang_before", "SendMessageBatch", {"main_reject": True}),
        ("hang_before", "DeleteMessageBatch", {}),
    ],
    ids=["next job", "next job, sent", "dead letter", "delete"],
)
def test_a_finished_job_whose_settling_hangs_runs_once(
    flow: Flow, fault: str, operation: str, wishes: dict[str, object]
) -> None:
    flow.aws.faults(**{fault: {operation: 1}})  # type: ignore[arg-type]
    worker = flow.start("obedient-main", **LEASE)
    flow.send(TRIGGERS, wish(**wishes))
    # Renewals are at least 3 s apart: after five of them the first lease would have run out twice.
    until(lambda: flow.calls(RENEW).get("calls", 0) >= 5, "the lease is renewed while its settling hangs")
    assert flow.calls(operation)["calls"] > 1
    flow.aws.faults()
    until(lambda: not flow.held(TRIGGERS), "the trigger is settled")
    worker.terminate()
    assert worker.end() == 0
    ended = [line for line in worker.lines if str(line.get("message", "")).startswith("job ")]
    assert len(ended) == 1, ended
    sent = flow.held(TRIGGERS_DLQ if wishes else JOBS)
    assert sent > 1 if fault == "hang_after" else sent == 1  # what was sent and never heard of is sent again
    assert not [line for line in worker.lines if "lost" in str(line.get("message", ""))]


def test_a_poll_that_hangs_is_given_up_and_what_it_brought_comes_again(flow: Flow) -> None:
    flow.aws.faults(hang_after={"ReceiveMessage": 1})
    flow.send(TRIGGERS, wish())
    worker = flow.start("obedient-main", **LEASE)
    until(lambda: flow.calls("ReceiveMessage").get("hung_after", 0) >= 1, "the poll hangs")
    flow.aws.faults()
    worker.wait_for_message("job done")
    worker.terminate()
    assert worker.end() == 0
