"""Services that the system tests run beside the real two: the real runtime with other catalogues, `python variants.py NAME`.

obedient-main, obedient-background   do what the trigger's data tells, attempt by attempt (the crash test)
mute-main                            fails with errors that raise when they are asked for their text (the telemetry test)
stubborn-main, stubborn-background   work for as long as told and never look at `context.stopping` (the stop test)
deadly-main                          kills its process where the trigger's data says how, beside handlers at work (the poison test)
patient-background                   knows two types, sync and async, that work until they are told to stop (the test of records)
hasty-background                     is done with these two at once (the test of records)
polite-main                          hands its job on at a stop, and fails where it sees none for as long as told (the stop test)
newer-background                     the background job of the next deployment, which knows one more type (the skew test)
sending-main, sending-background     send further jobs with data of their own; older-background knows no such jobs (the skew test)
routing-main, routing-background     send to the queue bill-jobs, too; routing-astray to one that it does not know (the test of routes)
sending-nowhere                      has no queue for those that it says it sends (the test of handlers)
odd-main                             raises and returns what handlers should not (the test of handlers)
writing-background                   writes to its job's log: much, and from forked children (the job log test)
limited-background                   knows a type that runs one at a time (the test of limits)
surprising-main                      does to its process what the trigger's data tells (the test of surprises)
stepping-background                  jobs of steps, one of which kills its worker (the test of steps)
batching-background                  batches of jobs, whose workers are killed as they are sent and joined (the test of batches)
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import batching
import stepping
import surprises

from background_job import handlers
from background_job.__main__ import SERVICE as BACKGROUND
from background_job.settings import BackgroundJobSettings
from jobqueue import Context, HandlerOptions, JobCatalogue, RejectJob, RetryJob, Routes, TriggerCatalogue, run, setting
from jobqueue.consumer.catalogue import Handler
from jobqueue.messages import envelope
from main_job.__main__ import SERVICE as MAIN
from main_job.settings import MainJobSettings

MAX_CHILD_SECONDS = 5
ONE = Lock()


@dataclass(frozen=True)
class Wish:
    """What the handlers do with a trigger. Up to attempt `*_deaths` the handler kills its process, up to `*_failures` it fails, so that a job that
    completed once completes always. `forks`: it has a forked child, too."""

    number: int
    main_failures: int = 0
    main_reject: bool = False
    job_failures: int = 0
    job_reject: bool = False
    main_deaths: int = 0
    job_deaths: int = 0
    forks: bool = False
    steps: int = 1
    seconds: float = 0.0


def fork() -> None:
    """Forks a child that logs a line, and terminates it. Raises where it does not end."""
    child = multiprocessing.get_context("fork").Process(target=be_a_child)
    child.start()
    child.terminate()
    child.join(MAX_CHILD_SECONDS)
    if child.is_alive():
        child.kill()
        raise RuntimeError("a forked child outlived its SIGTERM")


def be_a_child() -> None:
    logging.getLogger("child").info("from a forked child")
    time.sleep(2 * MAX_CHILD_SECONDS)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def obey_trigger(wish: Wish, context: Context) -> dict[str, Any]:
    time.sleep(wish.seconds / 4)
    if wish.forks:
        fork()
    if context.attempt <= wish.main_deaths:
        die()
    if wish.main_reject:
        raise RejectJob("refused", "told to")
    if context.attempt <= wish.main_failures:
        raise RuntimeError(f"told to fail up to attempt {wish.main_failures}")
    return {"number": wish.number}


def obey_job(wish: Wish, context: Context) -> None:
    for step in range(wish.steps):
        time.sleep(wish.seconds / wish.steps)
        context.log.info("step", step=step, number=wish.number)
    if wish.forks:
        fork()
    if context.attempt <= wish.job_deaths:
        die()
    if wish.job_reject:
        raise RejectJob("refused", "told to")
    if context.attempt <= wish.job_failures:
        raise RuntimeError(f"told to fail up to attempt {wish.job_failures}")
    context.complete(number=wish.number, steps=wish.steps)


def work(wish: Wish, context: Context) -> None:
    context.log.info("begun", number=wish.number)
    time.sleep(wish.seconds)


class MuteError(Exception):
    """An error whose `str()` raises what the trigger names."""

    def __str__(self) -> str:
        raise {"RuntimeError": RuntimeError, "SystemExit": SystemExit, "KeyboardInterrupt": KeyboardInterrupt}[
            self.args[0]
        ]


def be_mute(data: dict[str, Any], context: Context) -> None:
    raise MuteError(data["raises"])


def send_one(data: dict[str, Any], context: Context) -> dict[str, Any]:
    context.send_job("tell", {"from": "trigger", "number": data["number"]})
    return {"number": data["number"]}


async def send_another(data: dict[str, Any], context: Context) -> None:
    await context.asend_job("tell", {"from": "job", "number": data["number"]}, key="another")


def tell(data: dict[str, Any], context: Context) -> None:
    context.complete(**data, trigger=context.original_trigger["data"]["number"], result=context.main_job_result)


SENDING = JobCatalogue({"main-job-processing": HandlerOptions(send_another, sends=True), "tell": tell})


DEATHS: dict[str, Callable[[], object]] = {
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),  # as by the kernel, out of memory
    "exit": lambda: os._exit(1),
    "segfault": lambda: ctypes.string_at(0),
}


@dataclass(frozen=True)
class Deadly:
    """How the handler kills its process, or that it does not."""

    number: int
    death: str = ""


def die_among_others(wish: Deadly, context: Context) -> dict[str, Any]:
    context.log.info("begun", number=wish.number)
    time.sleep(0.2 if wish.death else 0.4)
    if wish.death:
        DEATHS[wish.death]()
    return {"number": wish.number}


def hand_on_at_a_stop(wish: Wish, context: Context) -> None:
    context.log.info("begun", run=context.attempt)
    until = time.monotonic() + wish.seconds
    while time.monotonic() < until:
        if context.stopping:
            raise RetryJob("to be continued", after_seconds=0)
        time.sleep(0.01)
    raise RuntimeError("fails whenever it is let")


def work_until_told(wish: Wish, context: Context) -> None:
    context.log.progress(0, wish.number, "waits")
    until = time.monotonic() + wish.seconds
    while time.monotonic() < until:
        if context.should_stop:
            raise RetryJob("undone", after_seconds=0)
        time.sleep(0.01)


async def work_until_cancelled(wish: Wish, context: Context) -> None:
    context.log.progress(0, wish.number, "waits")
    await asyncio.sleep(wish.seconds)


def write_much(wish: Wish, context: Context) -> None:
    for number in range(wish.steps):
        context.log.info("wide", line=number, page="\U0001f600" + "x" * 225_000)


def write_little(wish: Wish, context: Context) -> None:
    context.log.info("narrow", number=wish.number)


def work_by_itself(wish: Wish, context: Context) -> None:
    """Rejects the job where another runs beside it."""
    if not ONE.acquire(blocking=False):
        raise RejectJob("two_at_once")
    time.sleep(wish.seconds)
    ONE.release()


def write_in_children(wish: Wish, context: Context) -> None:
    """Writes from children, forked while other jobs write, so that any lock may be held at that moment."""
    for child in range(wish.steps):
        process = os.fork()
        if process == 0:
            context.log.info("from a child", child=child)
            os._exit(0)
        os.waitpid(process, 0)
        context.log.info("from the parent", child=child)


async def tasks_of_a_group(data: dict[str, Any], context: Context) -> None:
    async def refuse() -> None:
        raise RejectJob("no_such_user")

    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(60))
        group.create_task(refuse())


def reject_with(reason: Any) -> Handler:
    def handler(data: dict[str, Any], context: Context) -> None:
        context.log.info("about to raise", event="job.failed", level="DEBUG", jobId="mine")
        raise RejectJob(reason)

    return handler


def fail_at_length(data: dict[str, Any], context: Context) -> None:
    raise ValueError("x" * 3_000_000)


ODD = TriggerCatalogue(
    {
        "an exception": reject_with(ValueError("x")),
        "a status": reject_with(409),
        "a word": reject_with("refused"),
        "a group": tasks_of_a_group,
        "a set": lambda data, context: {"found": {1, 2}},
        "a generator": lambda data, context: (one for one in (1, 2)),
        "megabytes": fail_at_length,
    },
    default=lambda data, context: {"doubled": data["number"] * 2},
)


@dataclass(frozen=True)
class NowhereSettings:
    """Those of a main job that has no queue for background jobs."""

    main_job_triggers_queue_url: str = setting("the queue that triggers come from", role="receives")
    main_job_triggers_dlq_url: str = setting("where triggers go that cannot be handled", role="dead_letters")


@dataclass(frozen=True)
class RoutingMainSettings(MainJobSettings):
    """Those of a main job that feeds two services."""

    bill_jobs_queue_url: str = setting("the queue that bills are sent to", role="sends")


@dataclass(frozen=True)
class RoutingBackgroundSettings(BackgroundJobSettings):
    """Those of a background job that sends to its own queue and to another."""

    bill_jobs_queue_url: str = setting("the queue that bills are sent to", role="sends")


def send_two(data: dict[str, Any], context: Context) -> None:
    context.send_job("tell", {"from": "job", "number": data["number"]})
    context.send_job("send-bill", {"number": data["number"]})


ROUTES = Routes({"send-bill": "bill-jobs"}, default="background-jobs")

SENDING_MAIN = TriggerCatalogue({}, default=HandlerOptions(send_one, sends=True))

VARIANTS: dict[str, TriggerCatalogue | JobCatalogue] = {
    "odd-main": ODD,
    "sending-main": SENDING_MAIN,
    "sending-background": SENDING,
    "sending-nowhere": SENDING_MAIN,
    "routing-main": TriggerCatalogue({}, default=send_one, routes=ROUTES),
    "routing-astray": TriggerCatalogue(
        {}, default=send_one, routes=Routes({"send-bill": "bills"}, default="background-jobs")
    ),
    "routing-background": JobCatalogue({"main-job-processing": send_two, "tell": tell}, routes=ROUTES),
    "older-background": JobCatalogue({"main-job-processing": handlers.process_main_job, "tell": tell}),
    "obedient-main": TriggerCatalogue({}, default=obey_trigger),
    "obedient-background": JobCatalogue({"main-job-processing": obey_job}),
    "deadly-main": TriggerCatalogue({}, default=die_among_others),
    "polite-main": TriggerCatalogue({}, default=hand_on_at_a_stop),
    "patient-background": JobCatalogue({"sync": work_until_told, "async": work_until_cancelled}),
    "hasty-background": JobCatalogue({"sync": write_little, "async": write_little}),
    "mute-main": TriggerCatalogue({}, default=be_mute),
    "stubborn-main": TriggerCatalogue({}, default=work),
    "stubborn-background": JobCatalogue({"main-job-processing": work}),
    "writing-background": JobCatalogue(
        {
            "much": write_much,
            "little": write_little,
            "in-children": write_in_children,
        }
    ),
    "limited-background": JobCatalogue(
        {"limited": HandlerOptions(work_by_itself, max_concurrency=1), "little": write_little}
    ),
    "stepping-background": JobCatalogue(
        {
            "three-steps": HandlerOptions(stepping.three_steps, steps=True),
            "many-steps": HandlerOptions(stepping.many_steps, steps=True),
        }
    ),
    "batching-background": JobCatalogue(
        {
            "split": HandlerOptions(batching.split, sends=True),
            "page": batching.page,
            "collect": batching.collect,
        }
    ),
    "surprising-main": TriggerCatalogue({}, default=surprises.do),
    "newer-background": JobCatalogue(
        {"main-job-processing": handlers.process_main_job, "brand-new": handlers.process_main_job}
    ),
}

SETTINGS = {
    "sending-nowhere": NowhereSettings,
    "routing-main": RoutingMainSettings,
    "routing-astray": RoutingMainSettings,
    "routing-background": RoutingBackgroundSettings,
}

if __name__ == "__main__":
    name = sys.argv.pop(1)
    catalogue = VARIANTS[name]
    service = MAIN if isinstance(catalogue, TriggerCatalogue) else BACKGROUND
    if name in SETTINGS:
        service = replace(service, settings=SETTINGS[name])
    elif isinstance(catalogue, TriggerCatalogue):
        catalogue.routes = Routes(default="background-jobs")  # whatever queues this checkout's main job has beside it
    if name == "older-background":
        envelope.VERSION = 1  # of the version before jobs had data of their own
    if name == "stepping-background":
        stepping.with_deaths()
    if name == "batching-background":
        batching.with_deaths()
    sys.exit(run(replace(service, catalogue="__main__:catalogue")))
