"""Terraform files are read as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobdeploy.terraform_files import read_file, read_local, variables


def test_literals_are_values_and_expressions_stay_text(tmp_path: Path) -> None:
    file = tmp_path / "main.tf"
    file.write_text('locals {\n  a = { "b-c" = [1, true, null, "x"] } # why\n}\nvariable "v" {\n  default = var.w\n}\n')
    assert read_local(read_file(file), "a") == {"b-c": [1, True, None, "x"]}
    assert variables(read_file(file)) == {"v": {"default": "${var.w}"}}


def test_what_is_no_hcl_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "dev.tfvars"
    file.write_text('a = 1\nb = = "x"\n')
    with pytest.raises(ValueError, match=r"dev\.tfvars, line 2: not valid Terraform"):
        read_file(file)


def test_a_missing_local_is_named() -> None:
    with pytest.raises(KeyError, match=r"no local\.a"):
        read_local({}, "a")
