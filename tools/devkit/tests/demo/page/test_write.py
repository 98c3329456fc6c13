"""Writing the page: the file is replaced whole or left as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.demo.page.render import write_page

from .runs import ordinary_run


def test_the_page_replaces_what_was_there_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "demo.html"
    file.write_text("before")
    size = write_page(file, ordinary_run())
    assert file.stat().st_size == size
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [file]


def test_a_page_that_cannot_be_put_there_leaves_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "demo.html"
    folder.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_page(folder, ordinary_run())
    assert list(tmp_path.iterdir()) == [folder]
    assert list(folder.iterdir()) == []


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    write_page(tmp_path / "link.html", ordinary_run())
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").is_file()
