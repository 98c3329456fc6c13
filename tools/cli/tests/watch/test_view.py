"""The view over real services, as a person at the keys sees it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from textual.widgets import DataTable, Input, TabbedContent

from jobctl.watch.confirm_screen import ConfirmScreen
from jobctl.watch.dead_screen import DeadScreen
from jobctl.watch.job_screen import JobScreen
from jobctl.watch.redrive_thread import RedriveEnded, RedriveThread
from jobctl.watch.stack_screen import StackScreen
from localaws.fargate.view import ESSENTIAL_EXITED

from ..conftest import Jobs
from ..dead_letters.stocked import bury, found_in, leave, number_of
from ..world import World
from .watching import Viewer, dead_queue, watch


@pytest.fixture
def jobs(working: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(working)


def submitted(jobs: Jobs, end: str = "complete", code: int = 0) -> str:
    wish = json.dumps({"steps": 2, "end": end})
    found = jobs.said("submit", "--type", "simulate", "--data", wish, "--wait", code=code)
    return str(found["job_id"])


def test_enter_goes_from_the_list_into_a_job_its_log_and_its_trace(jobs: Jobs, working: World) -> None:
    job_id = submitted(jobs, end="fail_once")
    working.carry(job_id)

    async def story(viewer: Viewer) -> None:
        snapshot = await viewer.snapshot(lambda one: bool(one.jobs) and one.jobs[0].status == "completed")
        assert snapshot.jobs[0].job_id == job_id
        await viewer.until(lambda: any(job_id in line and "completed" in line for line in viewer.screen().split("\n")))
        await viewer.press("enter")
        await viewer.on_screen(JobScreen)
        await viewer.reads(job_id, "completed", "RuntimeError", "background-job")
        await viewer.press("2")
        await viewer.reads("started, attempt 1", "started, attempt 2", "done=2")
        assert viewer.app.screen.query_one(TabbedContent).active == "log"
        await viewer.press("3")
        await viewer.reads("process 1: retry")
        await viewer.press("escape")
        await viewer.on_screen(StackScreen)

    watch(working, story)


def test_only_the_jobs_that_failed_are_shown_when_asked_for(jobs: Jobs, working: World) -> None:
    good, bad = submitted(jobs), submitted(jobs, end="reject", code=5)
    working.carry(good, bad)

    async def story(viewer: Viewer) -> None:
        def listed() -> set[str | None]:
            return {key.value for key in viewer.app.screen.query_one(DataTable).rows}

        await viewer.until(lambda: {good, bad} <= listed())
        await viewer.press("f")
        await viewer.until(lambda: bad in listed() and good not in listed())
        await viewer.press("f")
        await viewer.until(lambda: {good, bad} <= listed())

    watch(working, story)


def test_the_cursor_stays_on_its_job_while_new_ones_come(jobs: Jobs, working: World) -> None:
    first, second = submitted(jobs), submitted(jobs)
    working.carry(first, second)

    async def story(viewer: Viewer) -> None:
        await viewer.snapshot(lambda one: len(one.jobs) >= 2 and one.jobs[0].job_id == second)
        table = viewer.app.screen.query_one(DataTable)
        await viewer.until(lambda: table.row_count >= 2)
        await viewer.press("down")
        await viewer.until(lambda: table.cursor_row == 1)
        under = table.coordinate_to_cell_key(table.cursor_coordinate).row_key
        before = table.row_count
        jobs.said("submit", "--type", "simulate", "--data", '{"steps": 1}')
        await viewer.until(lambda: table.row_count > before)
        assert table.coordinate_to_cell_key(table.cursor_coordinate).row_key == under

    watch(working, story)


def test_letters_go_back_only_after_a_question_that_names_their_counts(
    still: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    queue = dead_queue(still, "main-job-triggers")
    numbers = bury(queue, 3)
    leave(queue, 2)

    async def story(viewer: Viewer) -> None:
        await viewer.reads("✗ 5 dead")
        await viewer.press("d")
        await viewer.on_screen(DeadScreen)
        await viewer.reads("5 dead letters", "attempts_exhausted", "moved by SQS")
        await viewer.press("r")
        await viewer.on_screen(ConfirmScreen, focus="no")
        await viewer.reads(f"{queue.source}: 3 (attempts_exhausted 3)", "Redrive 3 dead letters?")
        await viewer.press("enter")
        await viewer.on_screen(DeadScreen)
        assert queue.depth().visible == 5
        await viewer.press("r")
        await viewer.on_screen(ConfirmScreen)
        await viewer.press("y")
        await viewer.posted(RedriveEnded)
        await viewer.reads("3 of 3 redriven")
        assert viewer.app.redrive is not None
        viewer.app.redrive.join()  # while it runs, no look begins
        await viewer.press("space")
        await viewer.reads("2 dead letters")
        await viewer.press("R")
        await viewer.on_screen(ConfirmScreen)
        await viewer.reads("moved by SQS 2")
        await viewer.press("n")
        await viewer.on_screen(DeadScreen)

    watch(still, story)
    assert queue.depth().visible == 2
    assert sorted(map(number_of, found_in(queue.client, queue.source_url))) == sorted(numbers)
    (path,) = tmp_path.glob("dead-letters-*-redrive-*.jsonl")
    assert len(path.read_text().splitlines()) == 3


def test_who_quits_a_redrive_loses_no_letter_and_is_told(
    still: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    queue = dead_queue(still, "main-job-triggers")
    bury(queue, 60)
    redrives: list[RedriveThread] = []

    async def story(viewer: Viewer) -> None:
        await viewer.on_screen(StackScreen)
        await viewer.press("d")
        await viewer.reads("60 dead letters")
        await viewer.press("R")
        await viewer.on_screen(ConfirmScreen)
        await viewer.press("y")
        await viewer.until(lambda: viewer.app.redrive)
        await viewer.press("q")
        assert viewer.app.redrive is not None
        redrives.append(viewer.app.redrive)

    watch(still, story)
    (redrive,) = redrives
    redrive.join()
    assert redrive.view is not None
    console = Console(width=80, color_system=None, file=StringIO())
    with console.capture() as said:
        console.print(redrive.view)
    sent = len(found_in(queue.client, queue.source_url))
    depth = queue.depth()
    assert (sent + depth.visible, depth.hidden) == (60, 0)
    assert ("the others are still dead" in said.get()) == (sent < 60), "unless it was done before the key was heard"


def test_what_aws_refuses_is_told_and_the_rest_goes_on(still: World) -> None:
    logs = still.clients("logs")
    logs.delete_log_group(logGroupName=still.group("main-job"))

    async def story(viewer: Viewer) -> None:
        snapshot = await viewer.snapshot()
        await viewer.reads("FilterLogEvents found nothing", "Next:")
        assert all(service.depths is not None for service in snapshot.services)
        logs.create_log_group(logGroupName=still.group("main-job"))
        await viewer.press("space")
        await viewer.reads(but_not="Next:")

    watch(still, story)


def test_a_small_terminal_shows_all_of_it(still: World) -> None:
    for back in range(1, 12):
        still.metric("background-jobs", "done", 20 + back, time.time_ns() // 1_000_000 - back * 60_000)

    async def story(viewer: Viewer) -> None:
        lines = await viewer.reads("waiting", "in flight", "done/min", "tasks", "job id", "Quit", "▇")
        assert len(lines) == 24
        assert all(len(line) <= 80 for line in lines)
        assert not viewer.app.screen.query(Input)

    watch(still, story)


def test_a_paused_service_is_shown_with_the_tasks_that_drain(still: World, shell: Callable[[World], Jobs]) -> None:
    queue = still.queues["background-jobs"]
    for _ in range(3):
        still.clients("sqs").send_message(QueueUrl=queue.url, MessageBody="{}")
    assert shell(still).run("pause", "background-job", "--no-wait").exit_code == 0

    async def story(viewer: Viewer) -> None:
        lines = await viewer.reads("▲ background-job paused since ", ", 1 task draining")
        assert not any("main-job paused" in line for line in lines)
        rows = [line.split() for line in lines if "background-job" in line and "▲" not in line]
        assert "paused" in [row[-1] for row in rows], lines
        for task in still.cluster.tasks:
            still.cluster.stop(task, ESSENTIAL_EXITED)
        await viewer.reads(", no task left")

    watch(still, story)
