"""The code of `docs/howto/fan-out-and-join.md` does what its text says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[4] / "docs/howto/fan-out-and-join.md"


def test_the_test_of_the_page_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE))
    page = ModuleType("fan_out_and_join")
    monkeypatch.setitem(sys.modules, page.__name__, page)  # where the types of its handlers are looked up
    exec(compile(code, PAGE.name, "exec"), page.__dict__)
    page.test_a_month_is_billed_and_reported()
