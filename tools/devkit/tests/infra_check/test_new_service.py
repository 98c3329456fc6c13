"""The page on adding a service, followed step by step in a copy of this repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.infra_check.inventory import NotAsSaid
from devkit.infra_check.new_service import MODULE, PAGE, SERVICE, follow, required_names
from devkit.infra_check.tree import Installation, copy_tree
from devkit.infra_check.values import values_of_the_account
from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.declared import Declared, read_declared


def no_clients(service: str) -> None:
    """Fails: no AWS call is expected."""
    raise AssertionError(service)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("followed")
    copy_tree(REPOSITORY, root)
    assert follow((REPOSITORY / PAGE).read_text(), root) == 4
    return root


def test_the_block_declares_a_service_with_a_queue_of_its_own(followed: Path) -> None:
    declared = read_declared(followed / TERRAFORM / "stack")
    assert declared.keys() == {"main-job", "background-job", SERVICE}
    assert declared[SERVICE] == Declared("report-jobs", (), job_logs=True)


def test_the_copied_service_reads_its_queues_under_the_names_that_it_is_told(followed: Path) -> None:
    settings = followed / "services" / SERVICE / "src" / MODULE / "settings.py"
    declared = read_declared(followed / TERRAFORM / "stack")[SERVICE]
    assert set(required_names(settings.read_text())) == declared.addresses()


def test_the_new_service_has_an_image_wherever_the_stack_is_applied(followed: Path) -> None:
    installation = Installation("stack", followed / TERRAFORM / "stack")
    assert values_of_the_account(installation, clients=no_clients)["service_images"].keys() == {SERVICE}


def test_nothing_of_the_copied_service_speaks_of_its_model(followed: Path) -> None:
    for file in (followed / "services" / SERVICE).rglob("*"):
        assert "background" not in str(file.relative_to(followed)).lower()
        if file.is_file():
            assert "background" not in file.read_text().lower(), file


def test_the_new_service_costs_one_block_in_terraform() -> None:
    text = (REPOSITORY / PAGE).read_text()
    assert text.count("add-to=infra/terraform/stack/main.tf") == 1
    assert "add-to=infra/terraform/modules" not in text
    assert "add-to=infra/terraform/bootstrap" not in text


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("```hcl add-to=a.tf below=not there\nx\n```\n", "0 lines 'not there'"),
        ("```sh executed=x\nfalse\n```\n", "exit code 1"),
        ("```sh guess\nx\n```\n", "nobody understands"),
    ],
)
def test_a_page_that_cannot_be_followed_is_told(page: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(NotAsSaid, match=problem):
        follow(page, tmp_path)
