"""Deployments as a person runs them: `python -m jobdeploy` in processes of their own, against one local target."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from threading import Condition, Event, Thread
from typing import Any

from devkit.infra_check.leftovers import find_resources
from devkit.local_stack.local_fargate import of_this_checkout
from jobctl.environment.status import read_environment
from jobctl.queries.job_state import JobState, states_of
from jobdeploy.target import DeployTarget
from jobqueue.client.job_event import JobEvent
from jobqueue.client.job_log import read_job_events
from jobqueue.client.stack import find_stack
from localaws.aws import CREDENTIALS

from .checkout import Checkout

LABEL = of_this_checkout("deploy-test")
"""Of the tasks' containers."""
SECONDS = 600.0
"""The longest that one run may take: a first apply waits more than a minute for queues."""
CLOSE_SECONDS = 90.0
"""Terraform ends what it has begun."""
SENDS_SECONDS = 0.2
"""Between two triggers of the load."""


class Run:
    """One command that runs. A thread reads its output, so that the command never blocks on it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._output = ""
        self._ended = False
        self._change = Condition()  # guards both
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environ(),
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, name="reader", daemon=True)
        self._reader.start()

    def until(self, text: str) -> str:
        """Waits until the output has this text; gives the output so far."""
        with self._change:
            assert self._change.wait_for(lambda: self._ended or text in self._output, SECONDS), f"no {text!r}"
            assert text in self._output, f"it ended without {text!r}:\n{self._output}"
            return self._output

    def interrupt(self) -> None:
        """Sends SIGINT, as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def end(self, code: int = 0) -> str:
        """Waits for its end, which must have this exit code; gives the whole output."""
        try:
            self._process.wait(SECONDS)
            self._reader.join()
        finally:
            print(self._output)  # shown by pytest where something fails
        assert self._process.returncode == code, f"exit code {self._process.returncode}:\n{self._output}"
        return self._output

    def close(self) -> None:
        """Ends a command that still runs because a test failed: by Ctrl-C at first, so that its Terraform ends too."""
        if self._process.poll() is None:
            self.interrupt()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(CLOSE_SECONDS)
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            while said := os.read(output.fileno(), 65536):
                with self._change:
                    self._output += said.decode(errors="replace")
                    self._change.notify_all()
        with self._change:
            self._ended = True
            self._change.notify_all()


class DeployRun:
    """One local target, shared by many tests."""

    def __init__(self, target: DeployTarget, checkout: Checkout) -> None:
        self.target = target
        self.checkout = checkout
        self.before = find_resources(target.clients)
        """What the local AWS has by itself."""
        self._began_ms = int(time.time() * 1000)
        self._runs: list[Run] = []

    def start(self, step: str, *more: str) -> Run:
        """Starts a run."""
        self._runs.append(Run(self._command(step, *more)))
        return self._runs[-1]

    def interrupted(self, step: str, at: str) -> str:
        """The output of a run that got Ctrl-C once its output had `at`."""
        one = self.start(step)
        one.until(at)
        one.interrupt()
        return one.end(130)

    def _command(self, step: str, *more: str) -> list[str]:
        where = {
            "--environment": self.target.environment,
            "--endpoint-url": self.target.endpoint_url,
            "--registry": self.target.registry,
            "--terraform": self.target.terraform,
            "--repository": self.checkout.folder,
        }
        told = [str(part) for pair in where.items() for part in pair]
        return [sys.executable, "-m", "devkit.local_deploy", step, *more, *told, "--yes"]

    def run(self, step: str, *more: str, code: int = 0) -> str:
        """Runs a step to its end; gives the output."""
        return self.start(step, *more).end(code)

    def close(self) -> None:
        """Ends all processes."""
        for run in self._runs:
            run.close()

    def objects(self) -> set[str]:
        """The keys in the bucket of the states."""
        found = self.target.clients("s3").list_objects_v2(Bucket=self.target.state_bucket)
        return {one["Key"] for one in found.get("Contents", [])}

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, from its state."""
        key = f"{self.target.environment}/stack.tfstate"
        body = self.target.clients("s3").get_object(Bucket=self.target.state_bucket, Key=key)["Body"].read()
        return {name: one["value"] for name, one in json.loads(body)["outputs"].items()}

    def standing(self) -> dict[str, Any]:
        """What `jobctl status` reads: services by name, and alarms."""
        stack = find_stack(self.target.clients("ssm"), self.target.project, self.target.environment)
        found = asdict(read_environment(self.target, stack))
        return {one["name"]: one for one in found["services"]} | {"alarms": [*found["alarms"]]}

    def tasks(self, service: str) -> dict[str, str]:
        """The tasks that run, by id, and their definitions."""
        outputs, ecs = self.outputs(), self.target.clients("ecs")
        where = {"cluster": outputs["ecs_cluster_name"]}
        name = outputs["services"][service]["ecs_service_name"]
        arns = ecs.list_tasks(**where, serviceName=name, desiredStatus="RUNNING")["taskArns"]
        found = ecs.describe_tasks(**where, tasks=arns)["tasks"] if arns else []
        return {one["taskArn"].rpartition("/")[2]: one["taskDefinitionArn"] for one in found}

    def send(self, **more: Any) -> str:
        """Sends a trigger; gives its MessageId, which becomes its jobs' correlation id."""
        url = self.outputs()["sqs_main_job_triggers_queue_url"]
        answer = self.target.clients("sqs").send_message(
            QueueUrl=url, MessageBody=json.dumps({"trigger": "test", **more})
        )
        return str(answer["MessageId"])

    @contextmanager
    def load(self) -> Iterator[list[str]]:
        """Sends triggers, five a second, while it is entered; the list has the MessageIds of those that were sent."""
        sent: list[str] = []
        ended = Event()

        def send() -> None:
            while not ended.wait(SENDS_SECONDS):
                sent.append(self.send())

        thread = Thread(target=send, name="load")
        thread.start()
        try:
            yield sent
        finally:
            ended.set()
            thread.join()

    def job_events(self) -> list[JobEvent]:
        """The events of all job logs so far."""
        group = self.outputs()["cloudwatch_log_group_background_job"]
        return read_job_events(self.target.clients("logs"), group, self._began_ms)

    def completed(self, sent: Sequence[str], job_type: str) -> list[JobState]:
        """The completed jobs of this type and these triggers."""
        stories = states_of((), [one for one in self.job_events() if one.job_type == job_type])
        return [one for one in stories if one.correlation_id in set(sent) and one.status == "completed"]

    def dead_letters(self) -> int:
        """The number of messages in the dead-letter queues of all services."""
        name = "ApproximateNumberOfMessages"
        urls = [one["sqs_dlq_url"] for one in self.outputs()["services"].values()]
        sqs = self.target.clients("sqs")
        found = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"] for url in urls]
        return sum(int(one[name]) for one in found)


def _environ() -> dict[str, str]:
    return {**os.environ, **CREDENTIALS, "PYTHONUNBUFFERED": "1"}
