"""The commands as a person types them, against a local AWS."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from jobctl.queries.dead_letter_queue import DeadLetterQueue, Depth
from localaws.fargate.view import StopCode, Why

from ..conftest import Jobs
from ..world import World
from .stocked import bury, found_in, leave, number_of


class Deployed:
    """A stack in which nothing runs, and the queue that most tests are about."""

    def __init__(self, world: World, shell: Jobs) -> None:
        self.cluster = world.cluster
        triggers = world.queues["main-job-triggers"]
        self.triggers = DeadLetterQueue(world.clients("sqs"), triggers.url, triggers.dead_letter_url)
        self._shell = shell

    def jobs(self, *arguments: str) -> Result:
        """`jobctl`, for this stack."""
        result = self._shell.run(*arguments, COLUMNS="200")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def json(self, *arguments: str) -> Any:
        """What it answers to a program."""
        return self._shell.said(*arguments)


@pytest.fixture
def stack(still: World, shell: Callable[[World], Jobs], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deployed:
    monkeypatch.chdir(tmp_path)
    return Deployed(still, shell(still))


def test_the_list_groups_letters_and_one_letter_is_shown_whole(stack: Deployed) -> None:
    bury(stack.triggers, 3)
    leave(stack.triggers, 2)

    shown = stack.jobs("dead", "list").stdout
    assert f"{stack.triggers.name}: 5 dead letters" in shown
    assert "attempts_exhausted" in shown
    assert "moved by SQS" in shown
    job_id = stack.json("dead", "list", "--queue", "main-job")[0]["groups"][0]["job_id"]
    text = stack.jobs("dead", "show", job_id).stdout
    words = (
        "attempts_exhausted",
        "ValueError: boom",
        job_id,
        '"number": "0"',
        "deadLetterReason",
        "times (each look adds one)",
    )
    assert [word for word in words if word not in text] == []
    (queue,) = stack.json("dead", "list", "--queue", "main-job")
    assert [(group["reason"], group["job_type"], group["error"], group["count"]) for group in queue["groups"]] == [
        ("attempts_exhausted", "api_call", "ValueError: boom", 3),
        ("moved_by_sqs", "api_call", "", 2),
    ]


def test_a_redrive_puts_the_selected_ones_back_and_tells_where_their_copies_are(stack: Deployed) -> None:
    bury(stack.triggers, 3)
    numbers = leave(stack.triggers, 2)
    answer = stack.json("dead", "redrive", "--reason", "moved by SQS", "--yes", "--rate", "50")

    assert (answer["selected"], len(answer["done"]), answer["failed"]) == (2, 2, {})
    lines = Path(answer["file"]).read_text().splitlines()
    assert sorted(json.loads(json.loads(line)["body"])["data"]["number"] for line in lines) == sorted(numbers)
    assert sorted(map(number_of, found_in(stack.triggers.client, stack.triggers.source_url))) == sorted(numbers)
    assert stack.triggers.depth() == Depth(visible=3, hidden=0)


def test_a_drop_deletes_the_letter_with_that_id(stack: Deployed) -> None:
    bury(stack.triggers, 2)
    job_id = stack.json("dead", "list", "--queue", "main-job")[0]["groups"][0]["job_id"]
    result = stack.jobs("dead", "drop", job_id, "--yes", "--file", "copies.jsonl")

    assert result.exit_code == 0
    assert "1 of 1 dropped; a copy of each is in copies.jsonl" in result.stdout
    assert json.loads(Path("copies.jsonl").read_text())["jobId"] == job_id
    assert stack.triggers.depth() == Depth(visible=1, hidden=0)


def test_nothing_is_taken_out_without_a_condition_or_without_a_yes(stack: Deployed) -> None:
    bury(stack.triggers, 2)

    for arguments, code, said in (
        (("dead", "redrive", "--all", "--dry-run"), 0, "2 dead letters"),
        (("dead", "redrive", "--yes"), 2, "No condition given"),
        (("dead", "redrive", "--all"), 3, "Cannot ask: stdin is not a terminal"),
        (("dead", "drop", "--all", "--older-than", "1h", "--yes"), 4, "matches --older-than 3600s"),
        (("dead", "drop", "--all", "--queue", "invoices", "--yes"), 2, "No queue invoices"),
        (("dead", "show", "nobody"), 4, "nobody"),
    ):
        result = stack.jobs(*arguments)
        assert (result.exit_code, said in result.output) == (code, True), result.output
    assert stack.triggers.depth() == Depth(visible=2, hidden=0)


class Terminal:
    """A person before a terminal: `jobctl` in a process of its own."""

    def __init__(self, arguments: list[str], environ: dict[str, str]) -> None:
        self._end, inner = pty.openpty()
        command = [sys.executable, "-m", "jobctl", *arguments]
        self.process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, env=environ, start_new_session=True
        )
        os.close(inner)
        self.shown = ""

    def until(self, text: str) -> None:
        while text not in self.shown:
            self.shown += os.read(self._end, 4096).decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def press_ctrl_c(self) -> None:
        # A signal between a question and the read of its answer is noticed with the next key only (CPython's `input`).
        state = Path(f"/proc/{self.process.pid}/stat")
        while state.exists() and state.read_text().rpartition(") ")[2].startswith("R"):
            pass
        self.process.send_signal(signal.SIGINT)

    def exit_code(self) -> int:
        with suppress(OSError):  # how Linux ends a terminal whose program has gone
            while more := os.read(self._end, 4096):
                self.shown += more.decode(errors="replace")
        os.close(self._end)
        return self.process.wait()


@pytest.fixture
def terminal(still: World, tmp_path: Path) -> Callable[..., Terminal]:
    environ = {**os.environ, **still.environ, "HOME": str(tmp_path), "TERM": "dumb"}
    del environ["JOBS_CONFIG"]
    return lambda *arguments: Terminal(list(arguments), environ)


def test_a_person_is_asked_with_the_counts_and_ctrl_c_or_a_no_takes_nothing(
    stack: Deployed, terminal: Callable[..., Terminal]
) -> None:
    bury(stack.triggers, 3)

    answers: list[tuple[Callable[[Terminal], None], int]] = [
        (Terminal.press_ctrl_c, 130),
        (lambda person: person.type("n\n"), 3),
    ]
    for answer, code in answers:
        person = terminal("dead", "redrive", "--all")
        person.until("Redrive 3 dead letters? [y/N]")
        assert "main-job-triggers: 3 (attempts_exhausted 3)" in person.shown
        answer(person)
        assert person.exit_code() == code, person.shown
    assert stack.triggers.depth() == Depth(visible=3, hidden=0)


def test_ctrl_c_in_a_redrive_ends_it_after_the_letters_in_hand_and_tells_how_far_it_was(
    stack: Deployed, terminal: Callable[..., Terminal]
) -> None:
    bury(stack.triggers, 5)
    person = terminal("dead", "redrive", "--all", "--rate", "1", "--file", "copies.jsonl")
    person.until("[y/N]")
    person.type("y\n")
    while not Path("copies.jsonl").exists() or not Path("copies.jsonl").read_text():
        assert person.process.poll() is None
    person.press_ctrl_c()

    assert person.exit_code() == 130
    back = len(found_in(stack.triggers.client, stack.triggers.source_url))
    assert 1 <= back < 5
    assert f"{back} of 5 redriven; a copy of each is in copies.jsonl" in person.shown
    assert stack.triggers.depth() == Depth(visible=5 - back, hidden=0)


def test_a_service_is_paused_and_resumed_by_its_name(stack: Deployed) -> None:
    for task in stack.cluster.tasks:
        stack.cluster.stop(task, Why(StopCode.SERVICE_SCHEDULER_INITIATED, "Scaling activity"))
    paused = stack.json("pause", "main-job")
    assert paused["paused"]["main-job"]["desired_count"] == 1
    assert stack.cluster.describe()["desiredCount"] == 0
    services = {one["name"]: one["paused"] for one in stack.json("status")["environment"]["services"]}
    assert services == {"main-job": paused["paused"]["main-job"], "background-job": None}
    assert "main-job has been paused since" in stack.jobs("status").stdout

    resumed = stack.jobs("resume", "main-job", "--no-wait")
    assert "main-job: resumed" in resumed.stdout
    assert stack.cluster.describe()["desiredCount"] == 1
    assert "main-job: was not paused" in stack.jobs("resume", "main-job", "--no-wait").stdout
    assert stack.jobs("pause", "invoices").exit_code == 2
