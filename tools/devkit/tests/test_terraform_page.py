"""The page of Terraform's variables and outputs says what the files say (that it is theirs as they are: `nox -s docs`)."""

from __future__ import annotations

import re

import pytest

from devkit.terraform_page import ROOTS
from jobctl.checkout import REPOSITORY

PAGE = (REPOSITORY / "docs/reference/terraform.md").read_text()


def row(name: str) -> str:
    return next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))


def test_every_variable_and_output_of_the_roots_is_on_it() -> None:
    for root in ("stack", "bootstrap"):
        for file in (ROOTS / root).glob("*.tf"):
            for kind, name in re.findall(r'^(variable|output) "(\w+)"', file.read_text(), re.MULTILINE):
                assert f"| `{name}` |" in PAGE, f"{kind} {name} of {file}"


def test_the_value_that_only_a_run_knows_is_left_out_of_a_message() -> None:
    assert "${" not in PAGE
    assert "max_unsettled must be at least max_concurrency." in PAGE


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("main_job_image", "| required |"),
        ("log_level", '| `"INFO"` |'),
        ("capacity_providers", "`list(object({name = string, base = optional(number, 0)"),
        ("lease_seconds", "lease_seconds must be between 2 and 43,200 seconds. |"),  # the queue module's variable
        ("max_polls", "max_polls must be between 1 and 16. |"),  # the worker module's setting_ranges
    ],
)
def test_a_variable_has_its_type_its_default_and_what_modules_refuse(name: str, part: str) -> None:
    assert part in row(name)
