"""A real main job reads what AWS's services send: each body that their documentation shows, and all of them beside plain triggers."""

from __future__ import annotations

import json
from pathlib import Path

from .flow import JOBS, TRIGGERS, TRIGGERS_DLQ, Flow, until

PRODUCED = Path(__file__).parents[2] / "libs/common/tests/messages/produced"
BODIES = {path.stem: path.read_text(encoding="utf-8") for path in PRODUCED.glob("*.json")}
REFUSED = {
    "scheduler-without-input": "give the schedule an Input",
    "sns-text": "the Message of SNS topic orders",
    "sns-subscription-confirmation": "confirm it with the SubscribeURL",
}
TESTS = {"s3-test", "s3-test-via-sns"}


def test_a_main_job_queues_a_job_for_each_producers_message_and_says_what_it_cannot_read(flow: Flow) -> None:
    sent = {flow.send(TRIGGERS, body): name for name, body in BODIES.items()}
    sent[flow.trigger("plain", Records=[], Type="Notification")] = "plain"
    worker = flow.start("main_job")
    until(lambda: flow.held(TRIGGERS) == 0, "every message has its end")
    worker.terminate()
    assert worker.end() == 0
    letters = {message["Body"]: message["MessageAttributes"] for message in flow.take_all(TRIGGERS_DLQ)}
    assert set(letters) == {BODIES[name] for name in REFUSED}
    for name, said in REFUSED.items():
        assert said in letters[BODIES[name]]["deadLetterError"]["StringValue"]
    idle = [line for line in worker.lines if "nothing to do: S3's test event" in str(line.get("message"))]
    assert {(sent[line["messageId"]], line["level"]) for line in idle} == {(name, "INFO") for name in TESTS}
    assert len(idle) == len(TESTS)
    jobs = [json.loads(message["Body"]) for message in flow.take_all(JOBS)]
    assert len(jobs) == len(sent) - len(REFUSED) - len(TESTS)
    triggers = [job["data"]["originalTrigger"] for job in jobs]
    assert sorted(trigger["trigger"] for trigger in triggers) == sorted(
        ["plain", "api_call", "orders", "s3", "s3", "Object Created", *["Order Placed"] * 2, *["Scheduled Event"] * 2]
    )
    keys = [
        [record["s3"]["object"]["key"] for record in trigger["data"]["records"]]
        for trigger in triggers
        if trigger["trigger"] == "s3"
    ]
    assert keys == [["HappyFace.jpg", "red+flower.jpg"]] * 2


def test_a_background_job_takes_an_event_as_the_job_of_its_name(flow: Flow) -> None:
    body = json.loads(BODIES["eventbridge"])
    flow.send(JOBS, json.dumps(body | {"detail-type": "simulate", "detail": {"seconds": 0.01, "steps": 1}}))
    worker = flow.start("background_job")
    (line,) = worker.wait_for_message("job done")
    assert (line["jobType"], line["correlationId"]) == ("simulate", body["id"])
