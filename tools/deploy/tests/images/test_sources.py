"""Inputs of the images: nothing but what belongs into them, a hash that changes with each, and errors of uv that say what to do."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError, UsageError
from jobdeploy.images.sources import BASE, build_wheel, check_names, read_packages, write_inputs

DOCKER = {
    "Dockerfile",
    "docker-bake.hcl",
    *(f"scripts/{name}.py" for name in ("install", "install_system", "compile_standard_library")),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The workspace, without its tests."""
    left_out = shutil.ignore_patterns("__pycache__", "tests", ".venv", "dist")
    for name in ("libs", "services", "tools", "docker"):
        shutil.copytree(REPOSITORY / name, tmp_path / "copy" / name, ignore=left_out)
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copyfile(REPOSITORY / name, tmp_path / "copy" / name)
    return tmp_path / "copy"


@pytest.mark.slow
def test_an_image_has_another_hash_only_where_something_of_it_changes(copy: Path, tmp_path: Path) -> None:
    packages = {name: one for name, one in read_packages(copy).items() if name in (BASE, "main-job")}

    def hashes(*others: str) -> dict[str, str]:
        return write_inputs(copy, Path(tempfile.mkdtemp(dir=tmp_path)), packages, *others)

    first = hashes()
    (copy / "tools" / "cli" / "src" / "jobctl" / "new.py").touch()
    (copy / "services" / "main-job" / "tests").mkdir()
    assert hashes() == first, "no image has these"
    (copy / "services" / "main-job" / "src" / "main_job" / "new.py").touch()
    second = hashes()
    assert (second[BASE] == first[BASE], second["main-job"] == first["main-job"]) == (True, False)
    (copy / "docker" / "scripts" / "install.py").write_text("another way")
    third = hashes()
    assert not {*third.values()} & {*second.values()}
    assert not {*hashes("linux/arm64").values()} & {*third.values()}


def test_images_are_built_from_nothing_but_locked_requirements_a_wheel_and_the_files_of_docker(
    copy: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    packages = read_packages(copy)
    write_inputs(copy, folder, {BASE: packages[BASE]})
    build_wheel(copy, folder, packages[BASE])
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    wheel = f"base/jobqueue-{packages[BASE].version}-py3-none-any.whl"
    assert files == {*DOCKER, "base/requirements.txt", wheel}
    assert "--hash=sha256:" in (folder / "base" / "requirements.txt").read_text()


def test_a_lock_that_does_not_fit_is_told_with_what_to_do(copy: Path, tmp_path: Path) -> None:
    project = copy / "libs" / "common" / "pyproject.toml"
    project.write_text(project.read_text().replace('"orjson', '"orjson-that-is-not-locked'))
    folder = tmp_path / "failed"
    folder.mkdir()
    with pytest.raises(CommandError, match="uv export") as failed:
        write_inputs(copy, folder, read_packages(copy))
    assert "uv lock" in failed.value.next_step


def test_a_name_that_is_no_image_is_refused() -> None:
    check_names(REPOSITORY, ["base", "main-job", "collector"], "collector")
    for name in ("collector", "third-job"):
        with pytest.raises(UsageError, match=f"no image {name}"):
            check_names(REPOSITORY, ["main-job", name])


def test_packages_of_debian_are_read_from_the_services_own_file_and_nothing_else_is_handed_to_apt(copy: Path) -> None:
    file = copy / "services" / "main-job" / "pyproject.toml"
    written = file.read_text()

    def wanted(packages: str) -> tuple[str, ...]:
        file.write_text(f"{written}\n[tool.jobs]\nsystem-packages = {packages}\n")
        return read_packages(copy)["main-job"].system

    assert wanted('["libpq5", "libstdc++6", "poppler-utils=25.03.0-5+deb13u2"]') == (
        "libpq5", "libstdc++6", "poppler-utils=25.03.0-5+deb13u2",
    )  # fmt: skip
    for bad in ('"libpq5"', '["libpq5 tree"]', '["--allow-unauthenticated"]', '["./own.deb"]', "[5]"):
        with pytest.raises(UsageError, match=r"services/main-job/pyproject\.toml: system-packages has"):
            wanted(bad)
