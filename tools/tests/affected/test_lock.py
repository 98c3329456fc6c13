"""A changed lock touches the packages whose locked dependencies changed, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobtools.affected.ask import affected
from jobtools.affected.lock import Lock, moved

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Repository

HEAD = "version = 1\n"


@pytest.fixture
def with_lock(repository: Repository) -> Callable[[str], dict[str, Any]]:
    def change(text: str) -> dict[str, Any]:
        repository.write("uv.lock", text)
        return affected(repository.root, "HEAD")

    return change


def written(repository: Repository, before: str, after: str) -> str:
    return (repository.root / "uv.lock").read_text().replace(before, after)


def test_a_librarys_dependency_touches_everyone_and_the_base(
    repository: Repository, with_lock: Callable[[str], dict[str, Any]]
) -> None:
    said = with_lock(written(repository, "1.40.0", "1.41.0"))
    assert said["images"] == ["background-job", "base", "main-job"]
    assert said["reasons"]["common"] == ["uv.lock: boto3 1.40.0 -> 1.41.0"]


def test_a_dependency_further_down_counts_too(
    repository: Repository, with_lock: Callable[[str], dict[str, Any]]
) -> None:
    assert with_lock(written(repository, "2.0.0", "2.1.0"))["packages"] == [
        "background-job",
        "common",
        "main-job",
        "tools",
    ]


def test_a_services_own_dependency_touches_that_service(
    repository: Repository, with_lock: Callable[[str], dict[str, Any]]
) -> None:
    said = with_lock(written(repository, "14.0.0", "14.1.0"))
    assert (said["packages"], said["images"]) == (["main-job", "tools"], ["main-job"])


def test_another_file_of_the_same_version_counts(
    repository: Repository, with_lock: Callable[[str], dict[str, Any]]
) -> None:
    said = with_lock(written(repository, "sha256:rich14.0.0", "sha256:replaced"))
    assert said["reasons"]["main-job"] == ["uv.lock: rich 14.0.0 (other files or conditions)"]


def test_what_another_uv_writes_differently_touches_nothing(
    repository: Repository, with_lock: Callable[[str], dict[str, Any]]
) -> None:
    said = with_lock(written(repository, ", size = 1", "").replace("revision = 3", "revision = 4"))
    assert (said["packages"], said["tests"], said["images"]) == ([], [], [])


def test_what_only_the_tests_need_has_all_tests_run_and_no_image_built(
    repository: Repository, with_lock: Callable[[str], dict[str, Any]]
) -> None:
    said = with_lock(written(repository, "9.0.0", "9.1.0"))
    assert said["tests"] == ["background-job", "common", "main-job", "together", "tools"]
    assert (said["packages"], said["images"]) == ([], [])


def test_rules_for_tools_in_the_roots_settings_build_no_image_and_all_else_in_them_does(repository: Repository) -> None:
    settings = (repository.root / "pyproject.toml").read_text()
    repository.write("pyproject.toml", settings.replace("= 120", "= 100"))
    said = affected(repository.root, "HEAD")
    assert (len(said["tests"]), said["images"], said["everything"]) == (5, [], False)
    repository.write("pyproject.toml", settings + '\n[tool.uv]\nconstraint-dependencies = ["urllib3<3"]\n')
    assert affected(repository.root, "HEAD")["everything"]


def test_extras_and_versions_divided_by_markers_are_followed() -> None:
    def lock(old: str, extra: str) -> Lock:
        return Lock(
            f'[[package]]\nname = "a"\nversion = "0"\nsource = {{ editable = "a" }}\ndependencies = [\n'
            f'  {{ name = "b", version = "{old}", marker = "python < 3.12" }},\n'
            f'  {{ name = "b", version = "2", marker = "python >= 3.12", extra = ["x"] }},\n]\n'
            f'[[package]]\nname = "b"\nversion = "{old}"\n'
            f'[[package]]\nname = "b"\nversion = "2"\n[package.optional-dependencies]\nx = [{{ name = "c" }}]\n'
            f'y = [{{ name = "d" }}]\n[[package]]\nname = "c"\nversion = "{extra}"\n[[package]]\nname = "d"\nversion = "1"\n'
        )

    assert sorted(lock("1", "5").closure("a")) == ["a", "b", "c"]
    assert moved(lock("1", "5").closure("a"), lock("1.5", "6").closure("a")) == [
        "a (other files or conditions)",
        "b 1, 2 -> 1.5, 2",
        "c 5 -> 6",
    ]
