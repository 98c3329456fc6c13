"""What handlers raise, return and write, and messages at the edge of what JSON and SQS carry: real workers, the shipped settings."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from .flow import JOBS, TRIGGERS, TRIGGERS_DLQ, Flow, until

LARGE_BYTES = 300_000
"""More than MAX_MESSAGE_BYTES by default, and less than the queues take."""

ENDINGS = {
    "an exception": ("attempts_exhausted", 5),
    "a status": ("attempts_exhausted", 5),
    "megabytes": ("attempts_exhausted", 5),
    "a word": ("refused", 1),
    "a group": ("no_such_user", 1),
    "a set": ("bad_result", 1),
    "a generator": ("bad_result", 1),
}
"""Reason and attempts."""


def letters(flow: Flow) -> dict[str, tuple[str, int]]:
    found = {}
    for letter in flow.take_all(TRIGGERS_DLQ):
        said = letter["MessageAttributes"]
        count = int(said["deadLetterReceiveCount"]["StringValue"])
        found[json.loads(letter["Body"])["trigger"]] = (said["deadLetterReason"]["StringValue"], count)
    return found


def test_what_a_handler_raises_and_returns_has_one_ending_with_its_reason_and_lines_that_alarms_can_count(
    flow: Flow,
) -> None:
    flow.make()
    worker = flow.start("odd-main", RETRY_MAX_SECONDS=1)
    for trigger in ENDINGS:
        flow.trigger(trigger, data={"pad": "x" * LARGE_BYTES} if trigger == "a word" else {}, correlationId=trigger)
    until(lambda: flow.held(TRIGGERS) == 0, "every trigger has its ending")
    failed = worker.wait_for(lambda line: line.get("event") == "job.failed", count=sum(n for _, n in ENDINGS.values()))
    worker.terminate()
    assert worker.end() == 0
    assert letters(flow) == ENDINGS
    assert Counter(line["correlationId"] for line in failed) == {name: count for name, (_, count) in ENDINGS.items()}
    assert max(len(json.dumps(line)) for line in failed) < 256_000
    (step,) = [
        line for line in worker.lines if line["message"] == "about to raise" and line["correlationId"] == "a word"
    ]
    assert (step["level"], step["event_"], step["level_"], step["jobId_"]) == ("INFO", "job.failed", "DEBUG", "mine")


def test_what_came_is_handed_on_character_by_character_and_integers_keep_every_digit(flow: Flow) -> None:
    flow.make()
    worker = flow.start("odd-main")
    body = '{"trigger": "test", "data": {"number": 18446744073709551617, "f": 1e2, "d": 1, "d": 2},\n "e": "\\u00e9"}'
    flow.send(TRIGGERS, body)
    until(lambda: flow.held(TRIGGERS) == 0 and flow.held(JOBS) == 1, "the trigger became a job")
    worker.terminate()
    assert worker.end() == 0
    (job,) = flow.take_all(JOBS)
    sent: Any = job["Body"]
    assert f'"originalTrigger":{body}' in sent
    assert json.loads(sent)["data"]["mainJobResult"] == {"doubled": 36893488147419103234}


def test_a_service_whose_handlers_send_and_that_has_no_queue_for_it_does_not_start(flow: Flow) -> None:
    flow.make()
    worker = flow.start("sending-nowhere")
    assert worker.end() == 64
    assert "the default: said to send further jobs" in worker.last_lines()
    assert "Give NowhereSettings a setting with role=" in worker.last_lines()
