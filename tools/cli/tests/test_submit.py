"""Messages in the queue after `jobctl submit`; no service receives them here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from jobctl.call import Call
from jobctl.commands import submit
from jobctl.environment.triggers import Submitted, TriggerWish, read_data, submitted
from jobctl.exits import DeployError
from jobctl.screen import Screen
from jobctl.session import Session, Wishes
from jobctl.stack import read_stack
from localaws.fast_aws import Standin

from .conftest import Jobs
from .dead_letters.stocked import CREDENTIALS, found_in
from .world import World

PRODUCED = Path(__file__).parents[3] / "libs/common/tests/messages/produced"


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def received(one: World) -> list[dict[str, Any]]:
    url = one.queues["main-job-triggers"].url
    found: list[dict[str, Any]] = []
    while (
        messages := one.clients("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        .get("Messages")
    ):
        found += messages
    return found


def test_each_has_an_id_and_a_trace_of_its_own(jobs: Jobs, still: World) -> None:
    printed = jobs.said("submit", "--count", "12", "--correlation-id", "order-1", "--trigger", "test")
    messages = received(still)
    assert len(printed) == 12
    sent = {
        (
            one["MessageAttributes"]["jobId"]["StringValue"],
            one["MessageAttributes"]["traceparent"]["StringValue"].split("-")[1],
            json.loads(one["Body"])["correlationId"],
        )
        for one in messages
    }
    assert sent == {(one["job_id"], one["trace_id"], one["correlation_id"]) for one in printed}


def test_a_whole_trigger_is_sent_as_it_stands(jobs: Jobs, still: World, tmp_path: Path) -> None:
    body = {"trigger": "api_call", "jobId": "01M85DNG76CJA6HHV4GJ30AD12", "data": {"userId": "1"}, "kept": True}
    file = tmp_path / "trigger.json"
    file.write_text(json.dumps(body))
    assert jobs.said("submit", "--data", f"@{file}")["job_id"] == body["jobId"]
    (message,) = received(still)
    assert json.loads(message["Body"]) == body


def test_ids_are_printed_alone_for_a_script(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--count", "2")
    ids = result.stdout.split()
    assert sorted(ids) == sorted(one["MessageAttributes"]["jobId"]["StringValue"] for one in received(still))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--data", "{"], "no JSON object"),
        (["--data", "[1]"], "must be a JSON object"),
        (["--data", '{"trigger": "test", "jobId": "x"}'], "not a ULID"),
        (["--data", '{"trigger": "test", "jobId": "01M85DNG76CJA6HHV4GJ30AD12"}', "--count", "2"], "is one job"),
        (["--data", "@/there/is/none"], "cannot be read"),
        (["--data", json.dumps({"x": "a" * 300_000})], "too_large"),
        (["--delay", "20m"], "at most 900 s"),
        (["--delay", "soon"], "no duration"),
    ],
)
def test_what_no_service_would_read_is_not_sent(jobs: Jobs, still: World, options: list[str], said: str) -> None:
    result = jobs.run("submit", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Next: " in result.stderr
    assert received(still) == []


HOSTILE = {
    "an integer beyond 64 bits": ('{"n": 18446744073709551617}', "beyond 64 bits"),
    "an integer of many digits": ('{"n": ' + "9" * 300 + "}", "beyond 64 bits"),
    "half a surrogate pair": ('{"n": "\\ud800"}', "surrogate"),
    "300 levels": ('{"n": ' * 300 + "1" + "}" * 300, "deeper than 200 levels"),
    "300 levels of a whole trigger": ('{"trigger": "t", "data": ' + '{"n": ' * 300 + "1" + "}" * 301, "deeper than"),
    "100,000 levels": ("[" * 100_000, "no JSON object"),
    "NaN": ('{"n": NaN}', "no JSON object"),
    "NaN in a whole trigger": ('{"trigger": "t", "data": {"n": NaN}}', "no JSON object"),
    "a number beyond all": ('{"n": 1e400}', "no JSON object"),
    "S3's test event": ('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}', "test event"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("way", ["--data", "file", "stdin"])
def test_what_json_has_no_word_for_is_told_in_two_lines_and_not_sent(
    jobs: Jobs, still: World, tmp_path: Path, name: str, way: str
) -> None:
    data, said = HOSTILE[name]
    file = tmp_path / "data.json"
    file.write_text(data)
    given = {"--data": data, "file": f"@{file}", "stdin": "-"}[way]
    result = jobs.run("submit", "--data", given, text=data if way == "stdin" else None)
    assert (result.exit_code, result.stdout) == (2, ""), result.exception
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == ["jobctl", "Next"], result.stderr
    assert said in result.stderr
    assert received(still) == []


@pytest.mark.parametrize("way", ["file", "stdin"])
def test_latin_1_is_told_in_two_lines_and_not_sent(jobs: Jobs, still: World, tmp_path: Path, way: str) -> None:
    data = '{"name": "Grüße"}'.encode("latin-1")
    file = tmp_path / "data.json"
    file.write_bytes(data)
    result = jobs.run("submit", "--data", "-" if way == "stdin" else f"@{file}", text=data if way == "stdin" else None)
    assert (result.exit_code, result.stdout) == (2, ""), result.exception
    first, second = result.stderr.splitlines()
    assert "is not UTF-8" in first
    assert second.startswith("Next: convert it")
    assert received(still) == []


AS_IT_STANDS = (
    '{ "data" : {"n":1.10,"big":184467440737095516170,"a":1,"a":2},  "trigger":"caf\\u00e9", "x": "Grüße \\/" }'
)


def test_a_whole_trigger_and_an_event_go_byte_for_byte(jobs: Jobs, still: World, tmp_path: Path) -> None:
    event = (PRODUCED / "s3-via-sns.json").read_text()
    file = tmp_path / "event.json"
    file.write_text(event)
    for data in (AS_IT_STANDS, f"@{file}"):
        jobs.said("submit", "--data", data, "--correlation-id", "order-17")
    jobs.run("submit", "--data", "-", text=AS_IT_STANDS + "\n")
    messages = received(still)
    assert sorted(one["Body"] for one in messages) == sorted([AS_IT_STANDS, AS_IT_STANDS, event])
    stated = [
        one["MessageAttributes"]["correlationId"]["StringValue"]
        for one in messages
        if len(one["MessageAttributes"]) == 3
    ]
    assert stated == ["order-17"] * 2


def test_the_numbers_of_data_and_of_a_changed_trigger_keep_their_digits(jobs: Jobs, still: World) -> None:
    jobs.said("submit", "--data", '{"n": 1.10, "m": 18446744073709551615}')
    jobs.said(
        "submit", "--data", '{"trigger": "t", "data": {"n": 10e2, "m": 184467440737095516170}}', "--type", "simulate"
    )
    bodies = sorted(one["Body"] for one in received(still))
    assert any('"data": {"n": 1.10, "m": 18446744073709551615}' in body for body in bodies)
    assert any("184467440737095516170" in body and '"jobType": "simulate"' in body for body in bodies)


def test_an_event_keeps_its_name(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--data", f"@{PRODUCED / 's3.json'}", "--trigger", "mine")
    assert (result.exit_code, received(still)) == (2, [])
    assert "own name" in result.stderr


def test_what_stands_before_a_bad_line_is_sent_and_told(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--data", "-", text='{"trigger": "test"}\n\n{"trigger": "test"}\nnope\n{}\n')
    assert result.exit_code == 2
    assert "Line 4: " in result.stderr
    assert len(result.stdout.split()) == len(received(still)) == 2


def test_a_wait_that_is_too_short_says_which_job_has_not_ended(jobs: Jobs) -> None:
    result = jobs.run("submit", "--wait", "--timeout", "0s")
    assert result.exit_code == 6
    assert "1 of 1 jobs have not ended" in result.stderr


def test_a_line_of_standard_input_is_a_trigger_for_each_and_count_repeats_it(jobs: Jobs, still: World) -> None:
    text = '{"trigger": "test", "data": {"n": 1}}\n\n{"n": 2}\n'
    result = jobs.run("submit", "--data", "-", "--count", "2", "--trigger", "mine", "--type", "simulate", text=text)
    assert result.exit_code == 0, result.stderr
    bodies = [json.loads(one["Body"]) for one in received(still)]
    assert sorted((one["trigger"], one["jobType"], one["data"]["n"]) for one in bodies) == [
        ("mine", "simulate", 1),
        ("mine", "simulate", 1),
        ("mine", "simulate", 2),
        ("mine", "simulate", 2),
    ]
    assert len(set(result.stdout.split())) == 4


def test_an_empty_stream_is_nothing_to_do(jobs: Jobs, still: World) -> None:
    for options in ((), ("--wait",)):
        result = jobs.run("submit", "--data", "-", *options, text="")
        assert (result.exit_code, result.stdout) == (0, "")
    assert received(still) == []


def test_a_rate_lets_a_second_s_worth_go_at_once_and_waits_only_between(jobs: Jobs, still: World) -> None:
    began = time.monotonic()
    jobs.said("submit", "--count", "4", "--rate", "2")
    assert len(received(still)) == 4
    assert time.monotonic() - began >= 1.0, "two, a second, two"
    began = time.monotonic()
    jobs.said("submit", "--rate", "0.1")
    assert time.monotonic() - began < 9, "nobody waits after the last one"


def test_a_delayed_trigger_waits_in_sqs(jobs: Jobs, still: World) -> None:
    jobs.said("submit", "--delay", "15m", "--count", "2")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    url = still.queues["main-job-triggers"].url
    found = still.clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert [found[name] for name in names] == ["0", "2"]


def test_who_waits_is_told_the_ids_that_were_sent_before_a_bad_line(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--data", "-", "--wait", text='{"trigger": "test"}\nnope\n')
    (message,) = received(still)
    assert result.exit_code == 2
    assert result.stdout.split() == [message["MessageAttributes"]["jobId"]["StringValue"]]


def test_a_job_that_has_not_ended_in_time_is_told_with_its_id(jobs: Jobs, still: World) -> None:
    told = jobs.said("submit", "--wait", "--timeout", "0s", "--count", "2", code=6)
    ids = {one["MessageAttributes"]["jobId"]["StringValue"] for one in received(still)}
    assert {(one["job_id"], one["status"]) for one in told} == {(job_id, "not ended") for job_id in ids}


class AtStandin(Session):
    """A session that sends its triggers to the stand-in, which can be told to fail."""

    def __init__(self, parameter: dict[str, Any], sqs: Any) -> None:
        super().__init__(Wishes(parameter["project"], parameter["environment"]), {})
        parameter["services"]["main-job"]["queue_url"] = sqs.create_queue(QueueName="triggers")["QueueUrl"]
        self.stack = read_stack(parameter["project"], parameter["environment"], json.dumps(parameter))
        self._sqs = sqs

    def client(self, service: str) -> Any:
        assert service == "sqs"
        return self._sqs


def test_what_sqs_did_not_take_is_told_apart_from_what_it_took(still: World) -> None:
    wish = TriggerWish()
    batch = [submitted(read_data("{}", wish), wish) for _ in range(10)]
    known: list[Submitted] = []
    with Standin() as standin:
        sqs = boto3.client("sqs", endpoint_url=standin.endpoint, **CREDENTIALS)
        standin.faults(entry_failure={"SendMessageBatch": 0.5}, seed=7)
        call = Call(AtStandin(still.parameter(), sqs), Screen())
        with pytest.raises(DeployError, match="of 10 were not sent") as caught:
            list(submit.send_all(call, [batch], known))
        standin.faults()
        found = found_in(sqs, call.session.stack.triggered.queue_url)
        sqs.close()
    sent = {one.job_id for one in known}
    assert {one["MessageAttributes"]["jobId"]["StringValue"] for one in found} == sent
    assert 0 < len(sent) < 10
    assert all((one.job_id in caught.value.what) != (one.job_id in sent) for one in batch)
