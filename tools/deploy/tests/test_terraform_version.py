"""Which Terraform is there: a missing or old one is told with what to install."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobdeploy.terraform_version import NoTerraform, check_version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def install(folder: Path, says: str) -> dict[str, str]:
    """A program named terraform that says something; the environment in which it is found."""
    program = folder / "terraform"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


@pytest.mark.slow
def test_a_version_that_is_new_enough_is_told(folder: Path) -> None:
    assert check_version(install(folder, json.dumps({"terraform_version": "1.11.0"}))) == "1.11.0"


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1.5.7", "0.15.0", "1.10.9-rc1"])
def test_an_old_terraform_is_refused_with_the_version_to_install(folder: Path, version: str) -> None:
    with pytest.raises(NoTerraform, match=rf"is Terraform {version}\. Install Terraform 1\.11 or newer: https://"):
        check_version(install(folder, json.dumps({"terraform_version": version})))


def test_a_missing_terraform_is_told_with_the_version_to_install(folder: Path) -> None:
    with pytest.raises(NoTerraform, match=r"not installed\. Install Terraform 1\.11 or newer"):
        check_version({"PATH": str(folder)})


@pytest.mark.slow
def test_a_program_that_is_not_terraform_is_refused(folder: Path) -> None:
    with pytest.raises(NoTerraform, match="does not say its version"):
        check_version(install(folder, "hello"))
