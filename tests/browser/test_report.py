"""The page of a real demo run: complete in itself, and readable by everybody, on a phone, in the dark, without scripts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Scheme = Literal["light", "dark"]

WIDE, PHONE, NARROWEST = 1280, 375, 320
"""Pixels; 320 is where WCAG 2.2 asks for text without scrolling sideways (1.4.10)."""
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
IN_PAGE = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 200 triggers, and one that a hostile producer sent."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "triggers").write_text(HOSTILE)
    command = [sys.executable, "-m", "devkit.demo", "--count", "200", "--fail", "5", "--poison", "3"]
    command += ["--file", str(folder / "triggers"), "--report", str(folder / "demo.html")]
    ended = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False, timeout=110)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder / "demo.html"


Opener = Callable[..., "Page"]


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Opener]:
    """Opens the page, and fails the test for any message on its console, any error and any request but for the page itself."""
    contexts, complaints, asked = [], list[str](), list[str]()

    def open_page(
        width: int = WIDE, scheme: Scheme = "light", *, scripts: bool = True, place: str = "", scale: float = 1
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=scripts,
            device_scale_factor=scale,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri() + place)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.partition("#")[0] for url in asked} <= {report.as_uri()}


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")


def test_it_says_what_became_of_every_trigger(opened: Opener) -> None:
    page = opened()
    assert page.locator("h1").inner_text() == "201 triggers: 192 completed, 9 dead letters, 0 lost"
    assert page.locator("#rows tbody tr").count() == 201
    assert page.locator(".log").count() == 197, "of 192 that completed and 5 that failed"
    assert page.get_by_role("heading", level=2).all_inner_texts() == [
        "Outcomes",
        "Throughput and latency",
        "Traces",
        "Dead letters",
        "Every trigger",
        "Job records",
        "Job logs",
    ]
    assert page.locator("circle.again").count() == 2, "the one that was retried, and the key"


def test_what_a_producer_sent_is_shown_and_not_run(opened: Opener) -> None:
    page = opened()
    open_all(page)
    assert page.locator(".letter pre", has_text="document.title='owned'").inner_text() == HOSTILE
    assert page.locator("img").count() == 0
    assert page.title().startswith("Demo run of ")


@pytest.mark.parametrize("width", [WIDE, PHONE, NARROWEST])
def test_nothing_is_wider_than_the_screen(opened: Opener, width: int) -> None:
    page = opened(width)
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if width >= PHONE:
        hidden = "[...document.querySelectorAll('.scroll')].filter((part) => part.scrollWidth > part.clientWidth)"
        assert page.evaluate(f"{hidden}.map((part) => part.innerText.slice(0, 80))") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_and_every_mark_stands_out_from_what_is_behind_it(opened: Opener, scheme: Scheme) -> None:
    page = opened(scheme=scheme)
    open_all(page)
    found = page.evaluate(IN_PAGE)
    assert found["texts"] > 1000
    assert found["marks"] > 100
    assert found["faint"] == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


def test_every_picture_has_a_name_and_every_table_a_caption(opened: Opener) -> None:
    page = opened()
    open_all(page)
    assert page.evaluate("[...document.querySelectorAll('svg')].every((one) => one.querySelector(':scope > title'))")
    assert page.locator("svg[role=img]").count() == page.get_by_role("img", name=re.compile(r"\S")).count()
    assert page.locator("table").count() == page.get_by_role("table", name=re.compile(r"\S")).count()
    assert page.get_by_role("img", name=re.compile("Triggers that ended")).count() == 1


def test_it_is_used_with_the_keyboard_alone(opened: Opener) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("#all > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#rows").is_visible()
    page.get_by_label("Text").focus()
    page.keyboard.type("attempts_exhausted")
    assert page.locator("#filter-status").inner_text() == "5 of 201 shown"
    assert page.locator("#rows tbody tr:visible").count() == 5


def test_a_job_id_leads_to_its_log_wherever_that_is_folded_away(opened: Opener) -> None:
    page = opened()
    page.locator("#all > summary").click()
    page.locator("#rows a").last.click()
    page.wait_for_function("document.querySelector(location.hash).checkVisibility()")
    linked = opened(place="#log-200")
    assert linked.locator("#log-200").is_visible()


def test_it_can_be_read_without_scripts(opened: Opener) -> None:
    page = opened(scripts=False)
    assert not page.locator("#filter").is_visible()
    page.locator("#all > summary").click()
    assert page.locator("#rows tbody tr:visible").count() == 201


def test_it_looks_like_this(opened: Opener, screenshot: Callable[[str], Path]) -> None:
    wide = opened()
    bottom = wide.evaluate("document.getElementById('letters').getBoundingClientRect().top")
    wide.screenshot(
        path=screenshot("report"), full_page=True, clip={"x": 0, "y": 0, "width": WIDE, "height": bottom - 24}
    )
    phone = opened(PHONE, "dark", scale=1.5)
    phone.evaluate("document.getElementById('time').scrollIntoView()")
    top = phone.evaluate("document.getElementById('time').getBoundingClientRect().top + scrollY")
    bottom = phone.evaluate("document.getElementById('letters').getBoundingClientRect().top + scrollY")
    phone.screenshot(
        path=screenshot("report-phone"),
        full_page=True,
        clip={"x": 0, "y": top, "width": PHONE, "height": bottom - top - 24},
    )
