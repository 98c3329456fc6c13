"""What handlers and their libraries do to a process: deeds by name, done by the `surprising-main` of `variants.py`."""

from __future__ import annotations

import asyncio
import gc
import logging
import logging.config
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NoReturn

from jobqueue import Context

logger = logging.getLogger("a.library")
NEVER = threading.Event()
DEEDS: dict[str, Callable[[dict[str, Any]], Any]] = {}


def deed(function: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    DEEDS[function.__name__] = function
    return function


def do(data: dict[str, Any], context: Context) -> Any:
    result = DEEDS[data["deed"]](data)
    context.log.info("did", deed=data["deed"], number=data.get("number"))
    return result


@deed
def nothing(data: dict[str, Any]) -> None:
    pass


class Unclosed:
    """As an HTTP session that nobody closed: found by the garbage collector, in the middle of anything, and logs."""

    def __init__(self) -> None:
        self.circle = self

    def __del__(self) -> None:
        logger.warning("unclosed")
        logger.info("unclosed too")


@deed
def leave_unclosed(data: dict[str, Any]) -> None:
    gc.set_threshold(10, 2, 2)
    for _ in range(data["count"]):
        Unclosed()
        logger.info("working")


@deed
def terminate_a_busy_pool(data: dict[str, Any]) -> None:
    pool = multiprocessing.get_context("fork").Pool(4)
    pool.map_async(time.sleep, [600] * 8)
    pool.terminate()
    pool.join()


@deed
def terminate_a_child(data: dict[str, Any]) -> None:
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
    child.start()
    child.terminate()
    child.join()
    assert child.exitcode == -signal.SIGTERM


def _log_in_child(name: str, count: int) -> None:
    for number in range(count):
        logger.info("child", extra={"line": f"{name}:{number}"})


@deed
def log_in_children(data: dict[str, Any]) -> None:
    for method in ("fork", "spawn") if data.get("spawn") else ("fork",):
        children = multiprocessing.get_context(method)
        processes = []
        for child in range(data["children"]):
            logger.info("parent", extra={"line": f"{data['number']}:{method}:{child}"})  # waits while the child is made
            name = f"{data['number']}:{method}:{child}"
            processes.append(children.Process(target=_log_in_child, args=(name, data["count"])))
            processes[-1].start()
        for process in processes:
            process.join()
            assert process.exitcode == 0


@deed
def fork_and_come_back(data: dict[str, Any]) -> None:
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@deed
def hang_in_an_executor(data: dict[str, Any]) -> None:
    with ThreadPoolExecutor() as executor:
        executor.submit(NEVER.wait).result()


@deed
def leave_an_executor_that_hangs(data: dict[str, Any]) -> None:
    ThreadPoolExecutor().submit(NEVER.wait)


@deed
def hang_in_to_thread(data: dict[str, Any]) -> Any:
    return asyncio.to_thread(NEVER.wait)


class UnspeakableError(Exception):
    def __str__(self) -> str:
        sys.exit("asked for its text")


@deed
def raise_unspeakable(data: dict[str, Any]) -> NoReturn:
    raise UnspeakableError


@deed
def use_up_all_threads(data: dict[str, Any]) -> None:
    start = threading.Thread.start

    def no_thread(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threading.Thread.start = no_thread  # type: ignore[method-assign]
    time.sleep(data["seconds"])
    threading.Thread.start = start  # type: ignore[method-assign]


@deed
def make_stdout_non_blocking_and_flood_it(data: dict[str, Any]) -> None:
    os.set_blocking(1, False)
    for number in range(data["count"]):
        logger.info("flood", extra={"line": number, "text": "\ud83d" if number % 100 == 0 else "x" * 100})


@deed
def close_stdout(data: dict[str, Any]) -> None:
    os.close(1)
    os.close(2)


@deed
def redirect_stdout(data: dict[str, Any]) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.stdout = sys.stderr = None  # type: ignore[assignment]


@deed
def configure_logging(data: dict[str, Any]) -> None:
    logging.disable(logging.CRITICAL)
    logging.config.dictConfig({"version": 1, "root": {"level": "CRITICAL", "handlers": []}})
    logging.basicConfig(force=True, level=logging.CRITICAL)
    logging.shutdown()


@deed
def change_directory(data: dict[str, Any]) -> None:
    os.chdir("/")
    os.umask(0o777)


@deed
def shorten_socket_timeouts(data: dict[str, Any]) -> None:
    socket.setdefaulttimeout(0.001)


@deed
def make_warnings_errors(data: dict[str, Any]) -> None:
    warnings.simplefilter("error")


@deed
def exit_in_a_thread(data: dict[str, Any]) -> None:
    for error in (SystemExit(3), KeyboardInterrupt(), ValueError("in a thread")):
        thread = threading.Thread(target=_raise, args=(error,))
        thread.start()
        thread.join()


def _raise(error: BaseException) -> NoReturn:
    raise error


@deed
def recurse(data: dict[str, Any]) -> None:
    def deeper() -> None:
        logger.info("deeper")
        deeper()

    with suppress(RecursionError):
        deeper()


@deed
def switch_the_collector_off(data: dict[str, Any]) -> None:
    gc.callbacks.append(lambda phase, details: logger.info("collecting"))
    gc.collect()
    gc.freeze()
    gc.disable()


@deed
def overwrite_hooks(data: dict[str, Any]) -> None:
    def broken(*given: Any) -> NoReturn:
        raise SystemExit(3)

    sys.excepthook = sys.unraisablehook = threading.excepthook = broken
    Unclosed()
    gc.collect()
