"""The page of Terraform's variables and outputs says what the files say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devkit.terraform_page import ROOTS, page
from jobdeploy.hcl import HclError, attributes, parse, string, strings

VARIABLES = """
# a comment with "quotes" and { braces
variable "tasks" { # and one here
  description = "Tasks; \\"null\\": none | all." // a third
  type        = number
  default     = null

  validation {
    condition     = var.tasks == null || length("}") > 0
    error_message = "tasks = ${coalesce(var.tasks, "}")} must be below limit = ${var.limit}."
  }
}

variable "limit" {
  description = "How many at most."
  type = object({
    name  = string # its name
    count = optional(number, 1)
  })
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("stack", "bootstrap", "modules/worker"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "stack/variables.tf").write_text(VARIABLES)
    (tmp_path / "bootstrap/outputs.tf").write_text('output "bucket" {\n  description = "The bucket."\n  value = 1\n}\n')
    return tmp_path


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))


def test_a_variable_has_its_type_default_and_what_is_legal_without_a_runs_values(root: Path) -> None:
    assert row(page(root), "tasks") == (
        '| `tasks` | `number` | `null` | Tasks; "null": none \\| all. tasks must be below limit. |'
    )


def test_a_variable_without_a_default_is_required_and_its_object_is_on_one_line(root: Path) -> None:
    assert row(page(root), "limit") == (
        "| `limit` | `object({ name = string, count = optional(number, 1) })` | required | How many at most. |"
    )


def test_an_output_is_listed_under_its_root(root: Path) -> None:
    assert "### Outputs of `bootstrap`\n\n| Output | What it is |\n|---|---|\n| `bucket` | The bucket. |" in page(root)


def test_what_a_module_refuses_is_said_of_the_variable_of_the_same_name(root: Path) -> None:
    (root / "modules/worker/variables.tf").write_text(
        'variable "limit" {\n  type = any\n  validation {\n    condition = true\n    error_message = "limit must be small."\n  }\n}\n'
    )
    assert row(page(root), "limit").endswith("| How many at most. limit must be small. |")


def test_a_setting_has_the_range_of_the_worker_module(root: Path) -> None:
    (root / "modules/worker/settings.tf").write_text(
        "locals {\n  setting_ranges = {\n    limit = [0.5, 43200] # half a day\n  }\n}\n"
    )
    assert row(page(root), "limit").endswith("limit must be between 0.5 and 43,200. |")


def test_every_variable_and_output_of_the_real_roots_is_on_the_page() -> None:
    text = page()
    for root in ("stack", "bootstrap"):
        for file in (ROOTS / root).glob("*.tf"):
            for kind, name in re.findall(r'^(variable|output) "(\w+)"', file.read_text(), re.MULTILINE):
                assert f"| `{name}` |" in text, f"{kind} {name} of {file}"
    assert "${" not in text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('variable "a" {\n  type = <<EOT\n', "line 2: here-documents"),
        ('variable "a" {\n  type = number\n', "variable: no closing brace"),
        ('a = "no end', "line 1: a string does not end"),
        ("a = [1,\n", "a bracket is not closed"),
        ("}\n", "a closing brace too many"),
        ('variable "a"\n', "a brace is missing"),
        ("= 1", "neither an attribute nor a block"),
    ],
)
def test_what_the_reader_does_not_know_is_an_error_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(HclError, match=problem):
        parse(text)


def test_an_expression_that_is_no_plain_string_is_not_taken_for_one() -> None:
    assert string('"a \\"b\\" ${c["d"]}"') == 'a "b" ${c["d"]}'
    with pytest.raises(HclError, match="not a plain string"):
        string('"a" + "b"')


def test_a_block_on_one_line_and_an_escaped_interpolation_are_read() -> None:
    block = parse('x "y" { a = "$${b" }\nz = /* why */ [1, # one\n 2]').blocks[0]
    assert (block.kind, block.labels, block.attributes) == ("x", ("y",), {"a": '"$${b"'})


def test_an_object_and_a_list_are_read_whatever_their_form() -> None:
    assert attributes('{ "a-b" = { c = 1 } # why\n  d = ["x", "y"]\n}') == {"a-b": "{ c = 1 }", "d": '["x", "y"]'}
    assert strings('["x",\n "y", ]') == ["x", "y"]
    assert strings("[]") == []
    for wrong in (attributes, strings):
        with pytest.raises(HclError, match="not a"):
            wrong('"text"')
