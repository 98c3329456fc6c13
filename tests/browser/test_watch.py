"""`jobctl watch --web` in a real browser: over real services on a local AWS, with nothing asked of any other machine; screenshots for the docs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2]))  # the world is the one that the tests of `jobctl` have
from tools.cli.tests.world import ENVIRONMENT, World, local_aws, world

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, WebSocket

SIZE: Any = {"width": 1180, "height": 700}
PATIENCE_MS = 60_000
END_SECONDS = 30.0
LOOPBACK = ("127.0.0.1", None)
"""None: what the page holds itself (data:, blob:)."""


class Tab:
    """A browser's tab with the view in it. The terminal is drawn, so its text is read where it comes: from the web socket."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        with page.expect_websocket() as opened:
            page.goto(address)
        self.socket: WebSocket = opened.value

    def expect(self, text: str, *keys: str) -> None:
        """Presses the keys; returns when the view has sent that text and the browser has drawn it."""
        with self.socket.expect_event("framereceived", lambda frame: text in _text(frame), timeout=PATIENCE_MS):
            self.page.locator(".xterm-helper-textarea").focus()
            for key in keys:
                self.page.keyboard.press(key)
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode(errors="replace")


@pytest.fixture(scope="module")
def shop() -> Iterator[World]:
    with local_aws() as endpoint, world(endpoint, project="shop") as one:
        yield one


def jobs(one: World, *arguments: str) -> list[dict[str, Any]]:
    """`jobs ... --json`; a job that is waited for may have failed."""
    command = [sys.executable, "-m", "jobctl", *one.options, *arguments, "--json"]
    answer = subprocess.run(command, env={**os.environ, **one.environ}, capture_output=True, text=True, check=False)
    assert answer.returncode in (0, 5), answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def simulate(one: World, wish: dict[str, Any], *options: str) -> list[dict[str, Any]]:
    return jobs(one, "submit", "--type", "simulate", "--data", json.dumps(wish), *options)


def busy(one: World) -> str:
    """Half an hour of a shop in one minute: what the services did, and what the collector and SQS would have told. Gives a job that failed once."""
    now_ms = time.time_ns() // 1_000_000
    for back in range(1, 31):
        at_ms = now_ms - back * 60_000
        for queue, more in (("main-job-triggers", 40), ("background-jobs", 30)):
            one.metric(queue, "done", more + (back * 7) % 13 + 2 * abs(14 - back), at_ms)
        if back in (2, 3, 4):
            one.metric("background-jobs", "retry", 2 * back, at_ms)
            one.metric("background-jobs", "reject", 1, at_ms)
    for queue, in_use in (("background-jobs", 10), ("main-job-triggers", 1)):
        figures = {"messaging.destination.name": one.queues[queue].name, "jobs.slots_in_use": in_use}
        one.write(one.group("metrics"), f"{queue}/2", (now_ms - 20_000, json.dumps({**figures, "jobs.slots_stuck": 0})))
    now = datetime.now(UTC)
    for back in range(31):
        for metric, value in (
            ("ApproximateNumberOfMessagesVisible", max(0, 6 + 3 * min(back, 12) - 5 * max(0, back - 12))),
            ("ApproximateAgeOfOldestMessage", 41),
        ):
            one.clients("cloudwatch").put_metric_data(
                Namespace="AWS/SQS",
                MetricData=[
                    {
                        "MetricName": metric,
                        "Dimensions": [{"Name": "QueueName", "Value": one.queues["background-jobs"].name}],
                        "Timestamp": now - timedelta(minutes=back),
                        "Value": value,
                    }
                ],
            )
    simulate(one, {"steps": 1}, "--count", "6", "--wait")
    simulate(one, {"end": "reject"}, "--count", "2", "--wait")
    jobs(one, "submit", "--trigger", "api_call", "--data", '{"no": "user"}', "--wait")
    (once,) = simulate(one, {"steps": 3, "seconds": 0.6, "end": "fail_once"}, "--wait")
    one.carry(once["job_id"])
    return str(once["job_id"])


@contextmanager
def served(one: World) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`jobctl watch --web` on a port of its own; gives its address."""
    command = [sys.executable, "-m", "jobctl", *one.options, "watch", "--web", "--port", "0", "--json"]
    environ = {**os.environ, **one.environ}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"], process
        finally:
            if process.poll() is None:
                process.kill()


def test_a_browser_shows_the_view_and_its_keys_lead_into_a_job(
    browser: Browser, shop: World, screenshot: Callable[[str], Path]
) -> None:
    job_id = busy(shop)
    with served(shop) as (address, process):
        page = browser.new_page(viewport=SIZE)
        tab = Tab(page, address)
        tab.expect(job_id)
        assert f"{shop.project}-{ENVIRONMENT}" in page.title()
        tab.expect("RuntimeError", "Enter")
        page.screenshot(path=screenshot("watch-job"))
        tab.expect("started, attempt 2", "2")
        tab.expect("process 1: retry", "3")
        tab.expect("no alarm", "Escape")
        tab.expect("read at", "d")
        tab.expect("Redrive 2 dead letters?", "r")
        tab.expect("read at", "n")
        tab.expect("no alarm", "Escape")
        simulate(shop, {"steps": 4, "seconds": 10.0}, "--count", "15")
        tab.expect("running", "Space")
        page.screenshot(path=screenshot("watch"))

        process.send_signal(signal.SIGINT)
        assert process.wait(END_SECONDS) == 0
        page.locator(".ended").wait_for(state="visible")
        assert {urlsplit(url).hostname for url in tab.asked} <= set(LOOPBACK)
        assert tab.errors == []
        page.close()
