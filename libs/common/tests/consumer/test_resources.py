"""Settings, resources and the hook around handlers, as a service's jobs and its tests see them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, JobCatalogue, RejectJob, Secret
from jobqueue.consumer import resources as resources_module
from jobqueue.consumer.resources import Resources, ResourcesError
from jobqueue.testing import InMemoryQueue, drain, put_job


@dataclass(frozen=True)
class Settings:
    crm_url: str
    crm_token: Secret


SETTINGS = Settings("https://crm.example", Secret("t0p"))


def one_job(catalogue: JobCatalogue, **options: Any) -> list[str]:
    """The outcomes of one job of type `look`."""
    queue = InMemoryQueue()
    put_job(queue, "look")
    return drain(catalogue, queue, **options).outcomes


def test_a_handler_sees_its_service_s_settings_and_what_was_opened_with_them() -> None:
    seen: list[object] = []

    @contextmanager
    def opened(settings: Settings) -> Iterator[str]:
        seen.append("opened")
        yield f"session of {settings.crm_url}"
        seen.append("closed")

    def look(data: dict[str, Any], context: Context[Settings, str]) -> None:
        seen.append((context.settings.crm_token.reveal(), context.resources))

    assert one_job(JobCatalogue({"look": look}, resources=opened), settings=SETTINGS) == ["done"]
    assert seen == ["opened", ("t0p", "session of https://crm.example"), "closed"]


def test_async_resources_live_on_the_event_loop_of_the_handlers() -> None:
    loops: list[object] = []

    @asynccontextmanager
    async def opened(settings: Settings) -> AsyncIterator[asyncio.AbstractEventLoop]:
        yield asyncio.get_running_loop()
        loops.append(asyncio.get_running_loop())

    async def look(data: dict[str, Any], context: Context[Settings, asyncio.AbstractEventLoop]) -> None:
        loops.extend([context.resources, asyncio.get_running_loop()])

    assert one_job(JobCatalogue({"look": look}, resources=opened), settings=SETTINGS) == ["done"]
    assert len(loops) == 3
    assert len(set(loops)) == 1


def test_a_test_replaces_the_resources_and_none_are_opened() -> None:
    @contextmanager
    def opened(settings: Settings) -> Iterator[str]:
        raise AssertionError("opened")
        yield

    def look(data: dict[str, Any], context: Context) -> None:
        assert context.resources == "a double"

    assert one_job(JobCatalogue({"look": look}, resources=opened), resources="a double") == ["done"]
    assert one_job(JobCatalogue({"look": lambda data, context: None}, resources=opened)) == ["done"], (
        "nor without settings"
    )


@pytest.mark.parametrize(
    "opened",
    [lambda settings: 1 / 0, lambda settings: iter([]), contextmanager(lambda settings: iter([]))],
    ids=["raises", "no context manager", "yields nothing"],
)
def test_resources_that_cannot_be_opened_are_named_and_nothing_is_received(opened: Callable[[Any], Any]) -> None:
    with pytest.raises(ResourcesError, match="the resources cannot be opened: "):
        one_job(JobCatalogue({"look": lambda data, context: None}, resources=opened), settings=SETTINGS)


def test_resources_that_fail_to_close_are_logged_and_the_stop_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    @contextmanager
    def opened(settings: object) -> Iterator[None]:
        yield
        raise SystemExit(3)

    with caplog.at_level(logging.WARNING, logger=resources_module.__name__), Resources(opened):
        pass
    assert "resources could not be closed" in caplog.text


def test_resources_that_hang_while_they_close_do_not_hold_the_stop(caplog: pytest.LogCaptureFixture) -> None:
    end = Event()

    @contextmanager
    def opened(settings: object) -> Iterator[None]:
        yield
        end.wait()

    with Resources(opened, close_seconds=0.01):
        pass
    end.set()
    assert "did not close" in caplog.text


def test_around_runs_in_the_worker_s_thread_around_sync_and_async_handlers_and_its_errors_count() -> None:
    order: list[object] = []

    def around(context: Context, call: Callable[[], Any]) -> Any:
        order.append(("before", context.type, threading.current_thread().name.startswith("worker")))
        try:
            return call()
        except KeyError as error:
            raise RejectJob("no_such_customer", error) from error

    def look(data: dict[str, Any], context: Context) -> None:
        order.append("look")
        raise KeyError("c-1")

    async def wait(data: dict[str, Any], context: Context) -> None:
        await asyncio.sleep(0)
        order.append("wait")

    queue = InMemoryQueue()
    catalogue = JobCatalogue({"look": look, "wait": wait}, around=around)
    put_job(queue, "look")
    drained = drain(catalogue, queue)
    put_job(queue, "wait")
    assert drain(catalogue, queue).outcomes == ["done"]
    assert [letter.reason for letter in drained.dead_letters] == ["no_such_customer"]
    assert order == [("before", "look", True), "look", ("before", "wait", True), "wait"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"resources": lambda: None}, r"resources must take \(settings\)"),
        ({"resources": "a pool"}, "resources must be a function"),
        ({"around": lambda call: None}, r"around must take \(context, call\)"),
    ],
)
def test_what_cannot_be_called_is_refused_at_start(options: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        JobCatalogue({}, **options)


def test_an_async_around_is_refused_at_start() -> None:
    async def around(context: Context, call: Callable[[], Any]) -> Any:
        return call()

    with pytest.raises(TypeError, match="must be a plain function"):
        JobCatalogue({}, around=around)
