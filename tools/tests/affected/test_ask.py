"""What a change in a real repository touches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobtools.affected.ask import affected

if TYPE_CHECKING:
    from .conftest import Repository

EVERYONE = ["background-job", "common", "main-job", "tools"]
ALL_TESTS = ["background-job", "common", "main-job", "together", "tools"]
Change = Callable[..., dict[str, Any]]


@pytest.fixture
def after(repository: Repository) -> Change:
    """Commits changes of these files; the answer against the commit before."""

    def change(*paths: str) -> dict[str, Any]:
        repository.commit(*paths)
        return affected(repository.root, "HEAD~1")

    return change


def test_a_services_own_file_touches_it_its_image_and_who_depends_on_it(after: Change) -> None:
    said = after("services/main-job/src/main_job/handlers.py")
    assert said["packages"] == ["main-job", "tools"]
    assert said["services"] == said["images"] == ["main-job"]
    assert said["tests"] == ["main-job", "together", "tools"]
    assert said["reasons"]["tools"] == ["depends on main-job"]
    assert (said["infra"], said["system"], said["docs"], said["checks"], said["everything"]) == (
        False,
        True,
        True,
        True,
        False,
    )


def test_a_library_file_touches_all_services_and_the_base_image(after: Change) -> None:
    said = after("libs/common/src/jobqueue/x.py")
    assert said["packages"] == EVERYONE
    assert said["images"] == ["background-job", "base", "main-job"]


def test_a_tools_file_touches_no_image(after: Change) -> None:
    said = after("tools/src/jobtools/x.py")
    assert (said["packages"], said["images"], said["system"]) == (["tools"], [], True)


def test_a_packages_tests_reach_no_image(after: Change) -> None:
    said = after("libs/common/tests/test_x.py")
    assert (said["packages"], said["images"], said["system"]) == (EVERYONE, [], False)


@pytest.mark.parametrize("page", ["README.md", "docs/cost.md", "docs/pictures/one.svg", "services/main-job/README.md"])
def test_pages_touch_nothing_but_pages(after: Change, page: str) -> None:
    said = after(page)
    assert said["docs"]
    assert not any(said[key] for key in ("packages", "tests", "services", "images", "infra", "system", "checks"))


def test_a_page_that_tests_read_has_those_tests_run(after: Change) -> None:
    assert after("docs/alarms.md")["tests"] == ["tools"]
    assert after("docs/howto/add-a-job-type.md")["tests"] == ["together"]


@pytest.mark.parametrize(
    ("path", "images"),
    [
        ("docker/base.Dockerfile", ["background-job", "base", "main-job"]),
        ("docker/service.Dockerfile", ["background-job", "main-job"]),
        ("docker/collector/config.yaml", ["collector"]),
        ("docker/something-new", ["background-job", "base", "collector", "main-job"]),
    ],
)
def test_docker_files_touch_images_and_no_package(after: Change, path: str, images: list[str]) -> None:
    said = after(path)
    assert (said["images"], said["packages"], said["system"]) == (images, [], True)


def test_terraform_touches_the_infrastructure_alone(after: Change) -> None:
    said = after("infra/terraform/stack/main.tf")
    assert (said["infra"], said["system"], said["packages"], said["images"]) == (True, True, [], [])


@pytest.mark.parametrize("path", ["noxfile.py", ".github/workflows/ci.yml", ".ci/run", "something-new"])
def test_what_everything_runs_with_and_what_nobody_thought_of_touch_everything(after: Change, path: str) -> None:
    said = after(path)
    assert said["everything"]
    assert (said["packages"], said["tests"]) == (EVERYONE, ALL_TESTS)
    assert said["images"] == ["background-job", "base", "collector", "main-job"]
    assert all(said[key] for key in ("infra", "system", "docs", "checks"))
    assert said["reasons"]["common"] == [path]


def test_a_rename_touches_the_place_it_left(repository: Repository) -> None:
    repository.git("mv", "services/main-job/src/main_job/old.py", "services/background-job/old.py")
    repository.commit()
    assert affected(repository.root, "HEAD~1")["services"] == ["background-job", "main-job"]


def test_uncommitted_and_unknown_files_count_and_ignored_ones_do_not(repository: Repository) -> None:
    repository.write(".git/info/exclude", "ignored\n")
    repository.write("tools/ignored", "")
    repository.write("services/background-job/new file.py")
    repository.write("services/main-job/src/main_job/old.py", "changed, and not added\n")
    assert affected(repository.root)["services"] == ["background-job", "main-job"]


def test_what_happened_on_the_base_meanwhile_is_not_ours(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "topic")
    repository.commit("services/background-job/x.py")
    repository.git("switch", "--quiet", "main")
    repository.commit("services/main-job/x.py")
    repository.git("switch", "--quiet", "topic")
    assert affected(repository.root)["services"] == ["background-job"]


def test_it_is_asked_from_any_folder(repository: Repository) -> None:
    repository.write("services/background-job/x.py")
    assert affected(repository.root / "libs", "HEAD")["services"] == ["background-job"]


def test_nothing_changed_touches_nothing(repository: Repository) -> None:
    said = affected(repository.root, "HEAD")
    assert not any(said[key] for key in ("packages", "tests", "images", "infra", "system", "docs", "checks"))


def test_the_tables_name_what_is_in_this_repository() -> None:
    from jobtools.affected.rules import READ_BY_TESTS, ROOT
    from jobtools.pages import ROOT as HERE

    exact = [pattern for pattern, _ in (*ROOT, *READ_BY_TESTS) if "Dockerfile" not in pattern]
    assert [pattern for pattern in exact if not any(Path(HERE).glob(pattern.replace("LICENSE*", "*")))] == []
