"""Messages in the queue after `jobctl submit`; no service receives them here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from jobctl.cli import Cli
from jobctl.commands import submit
from jobctl.output import Output
from jobctl.session import Session, SessionOptions
from jobqueue.client import NotSubmittedError
from jobqueue.client.stack import read_stack
from jobqueue.client.triggers import Trigger, TriggerOptions, prepare, trigger_body
from jobqueue.messages.envelope import read_envelope
from jobqueue.testing import InMemoryQueue
from localaws.fast_aws import FastAws

from .conftest import Jobs
from .dead_letters.stocked import CREDENTIALS, found_in
from .world import World

PRODUCED = Path(__file__).parents[3] / "libs/common/tests/messages/produced"
OWN_ID = "01M85DNG76CJA6HHV4GJ30AD12"


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def received(one: World) -> list[dict[str, Any]]:
    return found_in(one.clients("sqs"), one.queues["main-job-triggers"].url)


def job_id_of(message: dict[str, Any]) -> str:
    return str(message["MessageAttributes"]["jobId"]["StringValue"])


def test_each_has_an_id_and_a_trace_of_its_own(jobs: Jobs, still: World) -> None:
    printed = jobs.said("submit", "--count", "12", "--correlation-id", "order-1", "--trigger", "test")
    sent = {
        (
            job_id_of(one),
            one["MessageAttributes"]["traceparent"]["StringValue"].split("-")[1],
            json.loads(one["Body"])["correlationId"],
        )
        for one in received(still)
    }
    assert len(sent) == 12
    assert sent == {(one["job_id"], one["trace_id"], one["correlation_id"]) for one in printed}


def test_ids_are_printed_alone_for_a_script(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--count", "2")
    assert sorted(result.stdout.split()) == sorted(map(job_id_of, received(still)))


REFUSED = {
    "no object": ('["a"]', "must be a JSON object"),
    "an integer beyond 64 bits": ('{"n": 18446744073709551617}', "beyond 64 bits"),
    "half a surrogate pair": ('{"n": "\\ud800"}', "surrogate"),
    "300 levels of a whole trigger": ('{"trigger": "t", "data": ' + '{"n": ' * 300 + "1" + "}" * 301, "deeper than"),
    "100,000 levels": ("[" * 100_000, "not a JSON object"),
    "NaN in a whole trigger": ('{"trigger": "t", "data": {"n": NaN}}', "not a JSON object"),
    "S3's test event": ('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}', "test event"),
    "no ULID": ('{"trigger": "test", "jobId": "x"}', "not a ULID"),
    "too large": (json.dumps({"x": "a" * 300_000}), "too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_service_can_read_is_refused_in_two_lines_and_not_sent(jobs: Jobs, still: World, name: str) -> None:
    data, words = REFUSED[name]
    for options, text in (((data,), None), (("-",), data)):
        result = jobs.run("submit", "--data", *options, text=text)
        assert (result.exit_code, result.stdout) == (2, ""), result.exception
        assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == ["jobctl", "Next"], result.stderr
        assert words in result.stderr
    assert received(still) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--data", f'{{"trigger": "test", "jobId": "{OWN_ID}"}}', "--count", "2"], "is one job"),
        (["--data", "@/there/is/none"], "Cannot read /there/is/none"),
        (["--data", f"@{PRODUCED / 's3.json'}", "--trigger", "mine"], "own name"),
        (["--delay", "20m"], "at most 900 s"),
        (["--delay", "soon"], "not a duration"),
    ],
)
def test_options_that_do_not_fit_are_refused(jobs: Jobs, still: World, options: list[str], words: str) -> None:
    result = jobs.run("submit", *options)
    assert (result.exit_code, result.stdout, received(still)) == (2, "", [])
    assert words in result.stderr


def test_latin_1_is_refused(jobs: Jobs, still: World, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_bytes('{"name": "Grüße"}'.encode("latin-1"))
    result = jobs.run("submit", "--data", f"@{tmp_path / 'data.json'}")
    assert (result.exit_code, received(still)) == (2, [])
    assert "is not UTF-8" in result.stderr


AS_IT_STANDS = (
    '{ "data" : {"n":1.10,"big":184467440737095516170,"a":1,"a":2},  "trigger":"caf\\u00e9", "x": "Grüße \\/" }'
)


def test_a_whole_trigger_and_an_event_go_byte_for_byte(jobs: Jobs, still: World, tmp_path: Path) -> None:
    event = (PRODUCED / "s3-via-sns.json").read_text()
    (tmp_path / "event.json").write_text(event)
    for data in (AS_IT_STANDS, f"@{tmp_path / 'event.json'}"):
        jobs.said("submit", "--data", data, "--correlation-id", "order-17")
    jobs.run("submit", "--data", "-", text=AS_IT_STANDS + "\n")
    messages = received(still)
    assert sorted(one["Body"] for one in messages) == sorted([AS_IT_STANDS, AS_IT_STANDS, event])
    stated = (one["MessageAttributes"].get("correlationId", {}).get("StringValue") for one in messages)
    assert sorted(filter(None, stated)) == ["order-17"] * 2


def test_the_numbers_of_data_and_of_a_changed_trigger_keep_their_digits(jobs: Jobs, still: World) -> None:
    jobs.said("submit", "--data", '{"n": 1.10, "m": 18446744073709551615}')
    whole = f'{{"trigger": "t", "jobId": "{OWN_ID}", "data": {{"m": 184467440737095516170}}}}'
    assert jobs.said("submit", "--data", whole, "--type", "simulate")["job_id"] == OWN_ID
    bodies = [one["Body"] for one in received(still)]
    assert any('"data": {"n": 1.10, "m": 18446744073709551615}' in body for body in bodies)
    assert any("184467440737095516170" in body and '"jobType": "simulate"' in body for body in bodies)


def test_each_line_of_standard_input_is_a_trigger_and_those_before_a_bad_line_are_sent(
    jobs: Jobs, still: World
) -> None:
    text = '{"trigger": "test", "data": {"n": 1}}\n\n{"n": 2}\nnope\n{}\n'
    options = ("--count", "2", "--trigger", "mine", "--type", "simulate")
    result = jobs.run("submit", "--data", "-", *options, text=text)
    assert result.exit_code == 2
    assert "Line 4: " in result.stderr
    messages = received(still)
    bodies = [json.loads(one["Body"]) for one in messages]
    assert sorted((one["trigger"], one["jobType"], one["data"]["n"]) for one in bodies) == [
        *[("mine", "simulate", 1)] * 2,
        *[("mine", "simulate", 2)] * 2,
    ]
    assert sorted(result.stdout.split()) == sorted(map(job_id_of, messages))
    waited = jobs.run("submit", "--data", "-", "--wait", text='{"trigger": "test"}\nnope\n')
    assert (waited.exit_code, waited.stdout.split()) == (2, [job_id_of(one) for one in received(still)])


def test_an_empty_stream_is_nothing_to_do(jobs: Jobs, still: World) -> None:
    result = jobs.run("submit", "--data", "-", "--wait", text="")
    assert (result.exit_code, result.stdout, received(still)) == (0, "", [])


def test_a_rate_lets_a_second_s_worth_go_at_once_and_waits_only_between(jobs: Jobs, still: World) -> None:
    began = time.monotonic()
    jobs.said("submit", "--count", "4", "--rate", "2")
    assert len(received(still)) == 4
    assert time.monotonic() - began >= 1.0, "two, a second, two"


def test_a_delayed_trigger_waits_in_sqs(jobs: Jobs, still: World) -> None:
    jobs.said("submit", "--delay", "15m", "--count", "2")
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    url = still.queues["main-job-triggers"].url
    found = still.clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert [found[name] for name in names] == ["0", "2"]


def test_jobs_that_have_not_ended_in_time_are_printed_with_their_ids(jobs: Jobs, still: World) -> None:
    printed = jobs.said("submit", "--wait", "--timeout", "0s", "--count", "2", code=6)
    assert {(one["job_id"], one["status"]) for one in printed} == {
        (job_id_of(one), "not ended") for one in received(still)
    }


class SessionAtStandin(Session):
    """Sends its triggers to the stand-in, which can be told to fail."""

    def __init__(self, parameter: dict[str, Any], sqs: Any) -> None:
        super().__init__(SessionOptions(parameter["project"], parameter["environment"]), {})
        parameter["services"]["main-job"]["queue_url"] = sqs.create_queue(QueueName="triggers")["QueueUrl"]
        self.stack = read_stack(parameter["project"], parameter["environment"], json.dumps(parameter))
        self._sqs = sqs

    def client(self, service: str) -> Any:
        assert service == "sqs"
        return self._sqs


def test_a_job_goes_straight_into_the_queue_of_a_service_that_is_named(jobs: Jobs, still: World) -> None:
    sent = jobs.said("submit", "--service", "background-job", "--type", "simulate", "--data", '{"steps": 1}')
    [found] = found_in(still.clients("sqs"), still.queues["background-jobs"].url)
    queue = InMemoryQueue()
    queue.put(found["Body"])
    [delivery] = queue.receive(1, 0)
    job = read_envelope(delivery)
    assert (job.type, job.data, job_id_of(found)) == ("simulate", {"steps": 1}, sent["job_id"])
    assert received(still) == []
    assert "No service 'another'" in jobs.run("submit", "--service", "another").stderr


def test_triggers_go_to_the_service_whose_jobs_have_no_logs_where_another_is_fed_from_outside(still: World) -> None:
    document = still.parameter()
    report = {
        **document["services"]["background-job"],
        "receives": "account-jobs",
        "sends": ["account-jobs", "background-jobs"],
    }
    document["services"]["account-job"] = report
    stack = read_stack("p", "dev", json.dumps(document))
    assert stack.trigger_service.name == "main-job"


def test_ids_of_what_sqs_refused_are_told_apart_from_what_it_took(still: World) -> None:
    options = TriggerOptions()
    batch = [prepare(trigger_body("{}", options), options) for _ in range(10)]
    known: list[Trigger] = []
    with FastAws() as fast_aws:
        sqs = boto3.client("sqs", endpoint_url=fast_aws.endpoint, **CREDENTIALS)
        fast_aws.faults(entry_failure={"SendMessageBatch": 0.5}, seed=7)
        cli = Cli(SessionAtStandin(still.parameter(), sqs), Output())
        with pytest.raises(NotSubmittedError, match="of 10 were not sent") as caught:
            list(submit.send_all(cli, [batch], known))
        fast_aws.faults()
        found = found_in(sqs, cli.session.stack.trigger_service.queue_url)
        sqs.close()
    sent = {one.job_id for one in known}
    assert set(map(job_id_of, found)) == sent
    assert 0 < len(sent) < 10
    assert all((one.job_id in caught.value.what) != (one.job_id in sent) for one in batch)


def test_a_unique_job_that_is_there_already_is_named_and_not_sent(jobs: Jobs, still: World) -> None:
    refused = jobs.run("submit", "--unique-key", "order-17")
    assert (refused.exit_code, refused.stdout, received(still)) == (4, "", [])
    assert "`unique_key` needs job records" in refused.stderr

    still.keep_records()
    options = ("submit", "--type", "simulate", "--unique-key", "order-17", "--unique-seconds", "60")
    first = jobs.said(*options)
    assert "same_as" not in first
    second = jobs.said(*options)
    assert (second["job_id"], second["same_as"]) == (first["job_id"], first["job_id"])
    result = jobs.run(*options)
    assert (result.exit_code, result.stdout) == (0, f"{first['job_id']}\n")
    assert result.stderr == f"Not sent: job {first['job_id']} has this unique key.\n"
    (message,) = received(still)
    body = json.loads(message["Body"])
    assert (body["uniqueKey"], body["uniqueSeconds"]) == ("order-17", 60)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--unique-key", ""], "uniqueKey must be"),
        (["--unique-seconds", "60"], "needs a uniqueKey"),
        (["--unique-key", "a", "--service", "background-job"], "leave out --service"),
        (["--unique-key", "a", "--data", f"@{PRODUCED / 's3.json'}"], "no unique key"),
    ],
)
def test_what_cannot_be_unique_is_refused(jobs: Jobs, still: World, options: list[str], words: str) -> None:
    result = jobs.run("submit", *options)
    assert (result.exit_code, result.stdout, received(still)) == (2, "", []), result.stderr
    assert words in result.stderr
