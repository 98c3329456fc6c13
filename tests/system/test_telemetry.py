"""Telemetry that is set wrongly ends a start that says so; messages are the same with and without it. Real processes."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from jobqueue.messages.dead_letter import REASON, RECEIVE_COUNT

from .flow import JOBS, TRIGGERS, TRIGGERS_DLQ, Flow, until
from .test_start import SETTINGS, refused

MAX_ATTEMPTS = 5
"""The default."""
NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
        ("OTEL_PYTHON_METER_PROVIDER", "nobodys"),
    ],
)
def test_a_value_that_the_sdk_raises_for_ends_the_start_with_the_name_of_its_variable(
    flow: Flow, name: str, value: str
) -> None:
    environ = flow.environ(OTEL_EXPORTER_OTLP_ENDPOINT=NOWHERE, **{name: value})
    (line,) = refused("main-job", environ, SETTINGS)
    assert line.startswith(f"main-job: {name}={value}" if name.endswith("SIZE") else f"main-job: {name}={value!r}")
    assert flow.calls("ReceiveMessage") == {}


@pytest.mark.parametrize("telemetry", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": NOWHERE}], ids=["off", "on"])
def test_an_error_that_cannot_be_asked_for_its_text_ends_the_same_with_and_without_telemetry(
    flow: Flow, telemetry: dict[str, str]
) -> None:
    kinds = ("RuntimeError", "SystemExit", "KeyboardInterrupt")
    for kind in kinds:
        flow.trigger("test", data={"raises": kind})
    worker = flow.start("mute-main", RETRY_MAX_SECONDS="1", **telemetry)
    until(lambda: flow.counts(TRIGGERS_DLQ)["visible"] == len(kinds), "all are dead-lettered")
    worker.terminate()
    assert worker.end() == 0

    failed = [line for line in worker.lines if line.get("event") == "job.failed"]
    assert Counter(line["error"] for line in failed) == {
        f"({kind} while asking MuteError for its text)": MAX_ATTEMPTS for kind in kinds
    }
    for letter in flow.take_all(TRIGGERS_DLQ):
        said = {name: value.get("StringValue") for name, value in letter["MessageAttributes"].items()}
        assert (said[REASON], said[RECEIVE_COUNT]) == ("attempts_exhausted", str(MAX_ATTEMPTS))


@pytest.mark.parametrize("telemetry", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": NOWHERE}], ids=["off", "on"])
def test_the_next_job_and_the_dead_letter_are_of_the_group_and_the_trace_of_their_message(
    flow: Flow, telemetry: dict[str, str]
) -> None:
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    send = partial(
        flow.sqs.send_message,
        QueueUrl=flow.urls[TRIGGERS],
        MessageGroupId="tenant-17",
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": header}},
    )
    send(MessageBody='{"trigger": "test"}')
    send(MessageBody="unreadable")
    send(
        MessageBody="unreadable too",
        MessageAttributes={"traceparent": {"DataType": "String", "StringValue": traceparent}},
    )
    worker = flow.start("main_job", **telemetry)
    until(lambda: flow.counts(JOBS)["visible"] == 1 and flow.counts(TRIGGERS_DLQ)["visible"] == 2, "all are handed on")
    worker.terminate()
    assert worker.end() == 0

    (job,), letters = flow.take_all(JOBS), list(flow.take_all(TRIGGERS_DLQ))
    for message in (job, *letters):
        assert message["Attributes"]["MessageGroupId"] == "tenant-17"
        assert message["Attributes"]["AWSTraceHeader"] == header
    contexts = {
        letter["Body"]: letter["MessageAttributes"].get("traceparent", {}).get("StringValue") for letter in letters
    }
    assert contexts == {"unreadable": None, "unreadable too": traceparent}
    sent = job["MessageAttributes"].get("traceparent", {}).get("StringValue", "")
    assert sent[3:35] == ("5759e988bd862e3fe1be46a994272793" if telemetry else "")
