"""Starts of a service: settings, queues and credentials that do not work, `--help` and `--version`, synthetic triggers.

Real processes, their exit codes and their output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from .flow import JOBS, Flow, until
from .serving import serving

SETTINGS, UNAVAILABLE = 64, 69
"""Exit codes: the settings are wrong; a queue or the job log's group cannot be used."""
MAX_SECONDS = 60
"""A few seconds; more only on a busy machine."""
PROGRAMS = {"main-job": "main_job", "background-job": "background_job"}
NOT_STARTED = "{0}: not started. `{0} --help` lists all settings."


def run(program: str, environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", PROGRAMS[program], *arguments]
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=MAX_SECONDS, stdin=subprocess.DEVNULL
    )


def refused(program: str, environ: dict[str, str], code: int) -> list[str]:
    """The lines on stderr of a start that must fail with this code; there must be no other output."""
    ended = run(program, environ)
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
    lines = ended.stderr.splitlines()
    assert all(line.startswith(f"{program}: ") for line in lines), ended.stderr
    if code == SETTINGS:
        assert lines.pop() == NOT_STARTED.format(program)
    return lines


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """A server that answers every POST with status 200 and this body."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Says nothing."""

    with serving(HTTPServer(("127.0.0.1", 0), Answers)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_missing_setting_is_named_with_what_it_is(program: str) -> None:
    lines = refused(program, {"PATH": os.environ["PATH"]}, SETTINGS)
    assert len(lines) >= 2
    assert all(" is not set: " in line for line in lines)
    assert f"{program}: BACKGROUND_JOBS_QUEUE_URL is not set: the queue that background jobs " in "\n".join(lines)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"POLL_WAIT_SECONDS": "21"}, ["POLL_WAIT_SECONDS=21 must be between 0 and 20 s"]),
        ({"POLL_WAIT_SECONDS": "12"}, ["GRACE_SECONDS=10.0 must be longer than POLL_WAIT_SECONDS=12"]),
        ({"AWS_ENDPOINT_URL": "nonsense"}, ["AWS_ENDPOINT_URL: Invalid endpoint: nonsense"]),
        ({"AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLE\n"}, ["AWS_SESSION_TOKEN holds a line end"]),
        ({"AWS_CONFIG_FILE": __file__}, ["AWS_CONFIG_FILE", "test_start.py"]),
        ({"AWS_PROFILE": "nobody"}, ["AWS_PROFILE: The config profile (nobody) could not be found"]),
        ({"MAX_RECEIVE_COUNT": "12"}, ["triggers has maxReceiveCount 10, but MAX_RECEIVE_COUNT=12: make them equal"]),
    ],
    ids=lambda value: "=".join(*value.items()) if isinstance(value, dict) else "",
)
def test_impossible_settings_are_refused_by_name_in_one_line(
    flow: Flow, settings: dict[str, str], said: list[str]
) -> None:
    (line,) = refused("main-job", flow.environ(**settings), SETTINGS)
    assert all(words in line for words in said), line
    assert "EXAMPLE" not in line


def test_a_queue_that_does_not_exist_is_named(flow: Flow) -> None:
    url = f"{flow.aws.endpoint}/000000000000/nowhere"
    (line,) = refused("main-job", flow.environ(BACKGROUND_JOBS_QUEUE_URL=url), UNAVAILABLE)
    assert "nowhere: no such queue. Check the URL, the account and the Region." in line


def test_an_sqs_that_never_answers_is_told_within_seconds(flow: Flow) -> None:
    flow.aws.faults(hang_before={"GetQueueAttributes": 1})
    (line,) = refused("main-job", flow.environ(), UNAVAILABLE)
    assert "did not reach the service" in line


@pytest.mark.parametrize("body", [b"<html>", b'{"Attributes": null}'])
def test_an_answer_that_is_not_one_of_sqs_is_told_in_one_line(flow: Flow, body: bytes) -> None:
    with answering(body) as endpoint:
        (line,) = refused("main-job", flow.environ(AWS_ENDPOINT_URL=endpoint), UNAVAILABLE)
    assert "triggers: " in line
    assert "answer to GetQueueAttributes" in line


def test_a_web_identity_file_that_is_not_there_is_named(flow: Flow) -> None:
    environ = flow.environ(
        AWS_WEB_IDENTITY_TOKEN_FILE="/there/is/none", AWS_ROLE_ARN="arn:aws:iam::000000000000:role/worker"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del environ[name]
    (line,) = refused("main-job", environ, UNAVAILABLE)
    assert "/there/is/none" in line
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" in line


def test_a_service_s_own_address_goes_before_that_of_all(flow: Flow) -> None:
    worker = flow.start(
        "background_job",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_ENDPOINT_URL_SQS=flow.aws.endpoint,
        AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=flow.aws.endpoint,
    )
    worker.wait_for_message("consuming")
    until(lambda: flow.calls("ReceiveMessage"), "it polls")
    worker.terminate()
    assert worker.end() == 0


def test_a_log_group_that_does_not_exist_is_named(flow: Flow) -> None:
    (line,) = refused("background-job", flow.environ(JOB_LOG_GROUP="/nowhere"), UNAVAILABLE)
    assert "/nowhere: no such log group. Check JOB_LOG_GROUP, the account and the Region." in line


def test_faults_in_several_groups_of_settings_are_told_at_once(flow: Flow) -> None:
    environ = flow.environ(
        BACKGROUND_JOBS_DLQ_URL="", LEASE_SECONDS="1", HEALTH_MAX_AGE_SECONDS="soon", OTEL_METRICS_EXPORTER="console"
    )
    lines = refused("background-job", environ, SETTINGS)
    for line, said in zip(
        lines,
        (
            "BACKGROUND_JOBS_DLQ_URL is not set: ",
            "LEASE_SECONDS=1 must be between 2 and 43,200 s",
            "HEALTH_MAX_AGE_SECONDS='soon' is not a number, between 30 and 3,600 seconds",
            "OTEL_METRICS_EXPORTER='console' is not one of otlp, none",
        ),
        strict=True,
    ):
        assert said in line


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_lists_every_setting_with_its_default_and_version_says_which(program: str) -> None:
    environ = {"PATH": os.environ["PATH"], "COLUMNS": "200"}
    helped = run(program, environ, "--help")
    assert helped.returncode == 0
    for words in ("LEASE_SECONDS", "60 s", "required", "GRACE_SECONDS", "OTEL_*", "AWS_REGION"):
        assert words in helped.stdout
    assert ("JOB_LOG_GROUP" in helped.stdout) == (program == "background-job")
    version = run(program, environ, "--version")
    assert (version.returncode, version.stdout.split()[0]) == (0, program)


def test_synthetic_triggers_become_background_jobs_with_correlation_ids_that_say_so(flow: Flow) -> None:
    began = time.monotonic()
    worker = flow.start("main_job", "--synthetic", "--every", "200ms")
    until(lambda: flow.counts(JOBS)["visible"] >= 5, "five synthetic triggers came through")
    assert time.monotonic() - began > 0.8, "five triggers take four pauses"
    worker.terminate()
    assert worker.end() == 0
    for message in flow.take_all(JOBS):
        body = json.loads(message["Body"])
        assert body["correlationId"].startswith("synthetic-")
        assert len(body["correlationId"]) == len("synthetic-") + 26
        assert (body["jobType"], body["data"]["originalTrigger"]["trigger"]) == ("main-job-processing", "synthetic")
