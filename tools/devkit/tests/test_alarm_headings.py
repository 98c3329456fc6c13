"""Whom an alarm wakes finds its heading in docs/alarms.md, and no heading speaks of an alarm that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from devkit.pages import headings
from devkit.terraform_page import ROOTS
from jobctl.checkout import REPOSITORY
from jobdeploy.terraform_files import read_file

ALARMS = {"aws_cloudwatch_metric_alarm": "alarm_description", "aws_cloudwatch_composite_alarm": "alarm_description"}
RULES = {"aws_cloudwatch_event_rule": "description"}
LINK = "${local.alarm_link}#"
pytestmark = pytest.mark.slow


@cache
def files() -> list[tuple[Path, dict[str, Any]]]:
    """Every Terraform file that speaks of alarms, with its module."""
    found = (file for file in sorted(ROOTS.rglob("*.tf")) if ".terraform" not in file.parts)
    return [(file.parent, read_file(file)) for file in found if "alarm" in file.read_text()]


def resources(kinds: dict[str, str]) -> Iterator[tuple[Path, dict[str, Any], str]]:
    """Each resource of these types, with its module, and its description as written."""
    for module, file in files():
        for block in file.get("resource", ()):
            for kind, named in block.items():
                if kind in kinds:
                    yield from ((module, one, str(one.get(kinds[kind], ""))) for one in named.values())


def keys(module: Path, local: str) -> set[str]:
    """The names in a module's map of alarms: of an object, or in an expression `"name" = {says = ...` and `condition ? ["name"] : []`."""
    for where, file in files():
        for block in file.get("locals", ()):
            if where == module and local in block:
                alarms = block[local]
                if isinstance(alarms, dict):
                    return set(alarms)
                return {*re.findall(r'"([a-z-]+)" = \{says', alarms), *re.findall(r'\? \["([a-z-]+)"\]', alarms)}
    raise AssertionError(f"no local.{local} in {module}")


def linked() -> set[str]:
    """Every heading that the description of an alarm, or of a rule that tells like one, links to."""
    found: set[str] = set()
    for module, block, description in resources(ALARMS | RULES):
        heading = description.partition(LINK)[2]
        if heading == "${each.key}":
            found |= keys(module, block["for_each"].removeprefix("${local.").removesuffix("}"))
        elif heading:
            found.add(heading)
    return found


def documented() -> set[str]:
    text = (REPOSITORY / "docs/alarms.md").read_text()
    return {heading for title in re.findall(r"^## .+$", text, re.MULTILINE) for heading in headings(title)}


def test_every_alarms_description_ends_with_the_link_to_a_heading() -> None:
    found = list(resources(ALARMS))
    assert len(found) >= 4
    for _, _, description in found:
        assert re.search(re.escape(LINK) + r"(\$\{each\.key\}|[a-z-]+)$", description), description


def test_every_alarm_has_a_heading_and_every_heading_an_alarm() -> None:
    assert linked() == documented()
    assert {"error-count", "job-logs-undelivered", "no-heartbeat", "deployment-failed", "wake-and-sleep"} <= linked()


def test_every_heading_says_why_and_what_to_do() -> None:
    sections = re.split(r"^## ", (REPOSITORY / "docs/alarms.md").read_text(), flags=re.MULTILINE)[1:]
    for section in sections:
        name = section.partition("\n")[0]
        assert "**Why.**" in section or name == "wake-and-sleep" or name == "service", name
        assert "**What to do.**" in section, name
