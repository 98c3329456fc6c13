"""Fixtures of the browser tests: one headless Chromium a session, and screenshots, which land in `docs/screenshots` only when asked for.

    nox -s screenshots                              the screenshots in docs/screenshots made anew
    JOBS_SCREENSHOTS=write pytest tests/browser    the same, in an environment of one's own
    pytest tests/browser                    every test renders and is checked all the same; the checkout stays clean
    JOBS_CHROMIUM=/path/to/chrome pytest ...    a Chromium that is not on the PATH

Playwright runs an event loop in this thread as long as the session lasts: what needs `asyncio.run` belongs into a process of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""A browser that asks nobody for anything. No sandbox: a container's root may not have one, and the pages are our own."""
SCREENSHOTS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
PNG = b"\x89PNG\r\n\x1a\n"
MIN_BYTES = 5_000
"""An empty page of 375 x 600 pixels takes fewer."""


def chromium() -> str:
    """The path of Chromium. A missing one fails the tests: skipped tests would prove nothing, and nobody would notice."""
    wanted = os.environ.get("JOBS_CHROMIUM", "")
    found = shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        looked = f"JOBS_CHROMIUM={wanted}" if wanted else "on the PATH: " + ", ".join(NAMES)
        pytest.fail(
            f"No Chromium ({looked}). Install it: `apt-get install chromium` (Debian, Ubuntu), `brew install chromium` "
            "(macOS); or name one in JOBS_CHROMIUM.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def screenshot(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """`screenshot(name)` gives the path for that screenshot. Each must exist at the end, as a PNG of at least `MIN_BYTES`."""
    folder = SCREENSHOTS if os.environ.get("JOBS_SCREENSHOTS") == "write" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    named: list[Path] = []
    failed_before = request.session.testsfailed

    def name(plain: str) -> Path:
        named.append(folder / f"{plain}.png")
        return named[-1]

    yield name
    if request.session.testsfailed == failed_before:
        for path in named:
            assert path.is_file(), f"{path.name} was not made"
            content = path.read_bytes()
            assert content.startswith(PNG), f"{path.name} is no PNG"
            assert len(content) >= MIN_BYTES, f"{path.name} has nothing on it: {len(content)} bytes"
