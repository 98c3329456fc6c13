"""Settings of a machine, as arguments of `docker build`."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobdeploy.image_build.machine import BadSetting, Machine


def test_a_machine_with_plain_docker_and_internet_needs_nothing() -> None:
    assert Machine.read({"JOBS_PYTHON_IMAGE": "", "HTTPS_PROXY": ""}).arguments() == []


def test_the_bundle_is_handed_over_as_a_secret(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.touch()

    assert Machine.read({"JOBS_BUILD_CA": str(bundle)}).arguments() == ["--secret", f"id=ca,src={bundle}"]


def test_a_bundle_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="JOBS_BUILD_CA"):
        Machine.read({"JOBS_BUILD_CA": str(tmp_path / "ca.pem")})


def test_no_password_is_in_a_command() -> None:
    environ = {"PIP_INDEX_URL": "https://me:secret@example.org/simple", "https_proxy": "http://me:secret@proxy"}

    arguments = Machine.read(environ).arguments()

    assert arguments == ["--build-arg", "https_proxy", "--secret", "id=pip_index_url,env=PIP_INDEX_URL"]


def test_the_builds_network_is_a_setting() -> None:
    assert Machine.read({"JOBS_BUILD_NETWORK": "host"}).arguments() == ["--network", "host"]
