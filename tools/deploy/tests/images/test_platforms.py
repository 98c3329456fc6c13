"""Platforms to build an image for, and refusals where the builder or Fargate does not support them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jobctl.environment.target import Target
from jobctl.errors import UsageError
from jobdeploy.docker import Docker
from jobdeploy.images.platforms import architecture, choose, read_builder

TARGET = Target("jobs", "dev", "us-east-1", "123456789012")
NOWHERE = Docker({"PATH": "/nowhere"})
ENGINE = """\
Name:          default
Driver:        docker

Nodes:
Name:             default
Endpoint:         default
BuildKit version: v0.8+unknown
Platforms:        linux/amd64, linux/386
"""
TWO_NODES = """\
Name:   both
Driver: docker-container

Nodes:
Name:      both0
Platforms: linux/amd64*, linux/amd64/v2, linux/386

Name:      both1
Platforms: linux/arm64*, linux/arm/v7
"""


def test_a_builders_nodes_are_added_up() -> None:
    assert read_builder(ENGINE).platforms == {"linux/amd64", "linux/386"}
    both = read_builder(TWO_NODES)
    assert both.platforms == {"linux/amd64", "linux/amd64/v2", "linux/386", "linux/arm64", "linux/arm/v7"}
    assert (both.name, both.driver, both.arguments) == ("both", "docker-container", ("--load",))
    assert read_builder(ENGINE).arguments == ()


def test_what_runs_comes_first_and_the_other_one_where_it_can_be_built() -> None:
    assert choose(read_builder(TWO_NODES), "ARM64", both=True) == (("linux/arm64", "linux/amd64"), "")
    assert choose(read_builder(TWO_NODES), "ARM64", both=False) == (("linux/arm64",), "")
    platforms, note = choose(read_builder(ENGINE), "X86_64", both=True)
    assert platforms == ("linux/amd64",)
    assert "linux/arm64 left out" in note


def test_a_builder_that_cannot_do_what_runs_is_refused_with_what_would_help() -> None:
    with pytest.raises(UsageError, match="cannot build for linux/arm64") as refused:
        choose(read_builder(ENGINE), "ARM64", both=True)
    assert "binfmt --install arm64" in refused.value.next_step
    with pytest.raises(UsageError, match="it can nothing"):
        choose(read_builder(""), "ARM64", both=False)


def test_the_architecture_is_the_stacks_own_unless_the_environment_or_the_target_says_another(tmp_path: Path) -> None:
    assert architecture(TARGET, NOWHERE) == "ARM64"
    assert architecture(replace(TARGET, values={"cpu_architecture": "X86_64"}), NOWHERE) == "X86_64"

    (tmp_path / "environments" / "dev").mkdir(parents=True)
    (tmp_path / "environments" / "dev" / "terraform.tfvars").write_text('cpu_architecture = "X86_64" # laptops\n')
    assert architecture(replace(TARGET, terraform=tmp_path), NOWHERE) == "X86_64"


def test_another_architecture_than_fargates_is_refused() -> None:
    with pytest.raises(UsageError, match="RISCV"):
        architecture(replace(TARGET, values={"cpu_architecture": "RISCV"}), NOWHERE)
