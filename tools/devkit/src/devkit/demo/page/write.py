"""Write the page to its file atomically: what was there before stays until the new page is written."""

from __future__ import annotations

import os
from pathlib import Path

from devkit.demo.page.render import render
from devkit.demo.page.run_record import RunRecord


def write_page(file: Path, run: RunRecord) -> int:
    """Write the page; returns its size in bytes.

    Raises:
        OSError: it could not be written.
    """
    content = render(run).encode()
    file = file.resolve()
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    return len(content)
