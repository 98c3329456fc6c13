"""Inputs of the images: nothing but what belongs into them, a hash that changes with each, and errors of uv that say what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from jobctl.environment.errors import BadRequest, Wrong
from jobdeploy.images.sources import BASE, check_names, read_packages, write_sources

DOCKER = {"Dockerfile", "docker-bake.hcl", "scripts/install.py", "scripts/compile_standard_library.py"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The workspace, without its tests."""
    left_out = shutil.ignore_patterns("__pycache__", "tests", ".venv", "dist")
    for name in ("libs", "services", "tools", "docker"):
        shutil.copytree(REPOSITORY / name, tmp_path / "copy" / name, ignore=left_out)
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copyfile(REPOSITORY / name, tmp_path / "copy" / name)
    return tmp_path / "copy"


@pytest.mark.timeout(120)
def test_an_image_has_another_hash_only_where_something_of_it_changes(copy: Path, tmp_path: Path) -> None:
    packages = {name: one for name, one in read_packages(copy).items() if name in (BASE, "main-job")}
    first = write_sources(copy, tmp_path / "first", packages)
    files = {
        file.relative_to(tmp_path / "first").as_posix() for file in (tmp_path / "first").rglob("*") if file.is_file()
    }
    assert files > DOCKER
    assert {file.rpartition("/")[2] for file in files - DOCKER} == {
        "requirements.txt", f"jobqueue-{packages[BASE].version}-py3-none-any.whl", f"main_job-{packages['main-job'].version}-py3-none-any.whl",
    }  # fmt: skip
    assert "--hash=sha256:" in (tmp_path / "first" / "base" / "requirements.txt").read_text()

    (copy / "tools" / "new.txt").write_text("no image has this")
    (copy / "services" / "main-job" / "src" / "main_job" / "new.py").touch()
    second = write_sources(copy, tmp_path / "second", packages)
    assert (second[BASE] == first[BASE], second["main-job"] == first["main-job"]) == (True, False)


def test_a_lock_that_does_not_fit_is_told_with_what_to_do(copy: Path, tmp_path: Path) -> None:
    project = copy / "libs" / "common" / "pyproject.toml"
    project.write_text(project.read_text().replace('"orjson', '"orjson-that-is-not-locked'))
    with pytest.raises(Wrong, match="uv export") as failed:
        write_sources(copy, tmp_path / "failed", read_packages(copy))
    assert "uv lock" in failed.value.next_step


def test_a_name_that_is_no_image_is_refused() -> None:
    check_names(REPOSITORY, ["base", "main-job", "collector"], "collector")
    for name in ("collector", "third-job"):
        with pytest.raises(BadRequest, match=f"no image {name}"):
            check_names(REPOSITORY, ["main-job", name])
