"""Modules that a program imports, at the top of a module or inside functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobtools.wheel.reach import reach

FILES = {
    "ours/__init__.py": "",
    "ours/program/__init__.py": "from ours.shared import thing\n",
    "ours/program/command.py": "def run():\n    import boto3.session\n    from theirs import later\n",
    "ours/shared.py": (
        "from __future__ import annotations\nimport json\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import moto\nelse:\n    import annotationlib\n"
    ),
    "ours/other.py": "import flask\n",
    "theirs/__init__.py": "",
    "theirs/later.py": "from rich.text import Text\n",
    "theirs/never.py": "",
}


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return {"ours": tmp_path, "theirs": tmp_path}


def test_all_of_a_root_and_all_that_it_imports_is_reached_and_nothing_else(sources: dict[str, Path]) -> None:
    found = reach(["ours.program"], sources)
    assert found.modules.keys() == {
        "ours",
        "ours.program",
        "ours.program.command",
        "ours.shared",
        "theirs",
        "theirs.later",
    }


def test_of_strangers_the_top_name_is_kept_with_who_imports_it(sources: dict[str, Path]) -> None:
    assert reach(["ours.program"], sources).foreign == {"boto3": "ours.program.command", "rich": "theirs.later"}
    assert reach(["ours.other"], sources).foreign == {"flask": "ours.other"}
