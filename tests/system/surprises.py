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
def hang_in_to_thread(data: dict[str, Any]) -> Any:
    return asyncio.to_thread(NEVER.wait)


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
