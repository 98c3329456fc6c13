"""The record of calls, and which of them are refused."""

from __future__ import annotations

from localaws.ecs_agent import Call, Refusal
from localaws.ecs_agent.record import Record


def test_only_calls_about_what_a_refusal_names_are_refused() -> None:
    record = Record()
    refusal = Refusal("PutLogEvents", 400, "AccessDeniedException", about={"logGroupName": "jobs"})
    record.refuse(refusal)
    other, ours = (
        Call("logs", "PutLogEvents", {"logGroupName": name, "logStreamName": "s"}) for name in ("metrics", "jobs")
    )
    assert [record.keep(other), record.keep(ours), record.keep(ours)] == [None, refusal, None]


def test_a_refusal_holds_until_the_other_operation_is_called() -> None:
    record = Record()
    refusal = Refusal("SendMessageBatch", 503, "ServiceUnavailable", until="DeleteMessageBatch")
    record.refuse(refusal)
    calls = [
        Call("sqs", name) for name in ("SendMessageBatch", "SendMessageBatch", "DeleteMessageBatch", "SendMessageBatch")
    ]
    assert [record.keep(call) for call in calls] == [refusal, refusal, None, None]
    assert record.refusals_left() == 0
