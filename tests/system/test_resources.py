"""A service with resources of its own, as a real process: opened before it receives, closed after its drain, and the start that cannot open them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .flow import Flow
from .worker import Worker

SERVICE = """
import asyncio, os, sys, time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from jobqueue import Context, JobCatalogue, Secret, Service, run, setting


@dataclass(frozen=True)
class Settings:
    background_jobs_queue_url: str = setting("jobs", role="receives")
    background_jobs_dlq_url: str = setting("dead letters", role="dead_letters")
    token: Secret = setting("the password of the store")


@asynccontextmanager
async def first():
    try:
        yield
    finally:
        print("first is left", file=sys.stderr, flush=True)
        if os.environ.get("HANGS"):
            await asyncio.sleep(600)


@contextmanager
def first_of_two(settings):
    try:
        print("opening", file=sys.stderr, flush=True)
        time.sleep(600)
        yield
    finally:
        print("first is left", file=sys.stderr, flush=True)
        if os.environ.get("HANGS"):
            time.sleep(600)


@asynccontextmanager
async def first_of_two_async(settings):
    async with first():
        print("opening", file=sys.stderr, flush=True)
        await asyncio.sleep(600)
        yield


@asynccontextmanager
async def resources(settings):
    if settings.token.reveal() != "right":
        raise ConnectionError(f"the store refused {settings.token}")
    store = {}
    yield store
    print(f"closed with {store}", file=sys.stderr, flush=True)


async def put(data, context: Context[Settings, dict]) -> None:
    context.resources["put"] = data["value"]


OPENS = {"sync": first_of_two, "async": first_of_two_async}
catalogue = JobCatalogue({"put": put}, resources=OPENS.get(os.environ.get("OPENS"), resources))
if __name__ == "__main__":
    sys.exit(run(Service("background-job", settings=Settings, catalogue="service:catalogue")))
"""


def started(flow: Flow, folder: Path, token: str, **environ: object) -> Worker:
    (folder / "service.py").write_text(SERVICE)
    return Worker("service", [sys.executable, str(folder / "service.py")], flow.environ(TOKEN=token, **environ))


def test_resources_are_open_while_jobs_run_and_closed_when_the_worker_is_told_to_stop(
    flow: Flow, tmp_path: Path
) -> None:
    worker = started(flow, tmp_path, "right")
    flow.job("put", value=7)
    worker.wait_for_message("job done")
    worker.terminate()
    assert worker.end() == 0
    assert "closed with {'put': 7}" in worker.last_lines()


def test_resources_that_cannot_be_opened_end_the_start_with_69_in_one_line_without_the_secret(
    flow: Flow, tmp_path: Path
) -> None:
    worker = started(flow, tmp_path, "hunter2")
    assert worker.end() == 69
    assert "background-job: the resources cannot be opened: ConnectionError: the store refused Secret(***)" in (
        worker.last_lines()
    )
    assert "hunter2" not in worker.last_lines()
    assert not flow.calls("ReceiveMessage")


@pytest.mark.parametrize("opens", ["sync", "async"])
def test_a_stop_while_resources_open_leaves_those_that_are_open_and_receives_nothing(
    flow: Flow, tmp_path: Path, opens: str
) -> None:
    budget = {"RESOURCES_CLOSE_SECONDS": 60, "STOP_TIMEOUT_SECONDS": 120}
    worker = started(flow, tmp_path, "right", OPENS=opens, **budget)
    worker.wait_for(lambda line: line.get("raw") == "opening")
    worker.terminate()
    assert worker.end() == 0
    assert "first is left" in worker.last_lines()
    assert "did not close" not in worker.last_lines()
    assert not flow.calls("ReceiveMessage")


@pytest.mark.parametrize("opens", ["sync", "async"])
def test_such_a_stop_is_not_held_by_what_does_not_close(flow: Flow, tmp_path: Path, opens: str) -> None:
    worker = started(flow, tmp_path, "right", OPENS=opens, HANGS=1, RESOURCES_CLOSE_SECONDS=1)
    worker.wait_for(lambda line: line.get("raw") == "opening")
    worker.terminate()
    assert worker.end() == 0
    assert "resources did not close within 1 s" in worker.last_lines()
