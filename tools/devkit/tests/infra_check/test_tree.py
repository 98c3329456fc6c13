"""What the tree holds, and what a copy of it leaves out and adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.infra_check.tree import copy_tree, installations

ROOT = 'provider "aws" {\n  region = "us-east-1"\n}\nvariable "log_retention_days" {}\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = {
        "infra/terraform/modules/queue/main.tf": 'resource "aws_sqs_queue" "this" {}\n',
        "infra/terraform/modules/queue/tests/queue.tftest.hcl": "",
        "infra/terraform/bootstrap/main.tf": ROOT,
        "infra/terraform/stack/main.tf": ROOT,
        "infra/terraform/stack/.terraform/modules/main.tf": ROOT,
        "infra/terraform/stack/terraform.tfstate": "{}",
        "infra/terraform/stack/.terraform.lock.hcl": "",
        "infra/terraform/stack/images.tfvars": "",
        "docker/collector/config.yaml": "receivers: {}\n",
    }
    for name, text in files.items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "repository"


def add_environment(repository: Path, name: str) -> None:
    folder = repository / "infra/terraform/environments" / name
    folder.mkdir(parents=True)
    (folder / "terraform.tfvars").write_text(f'environment = "{name}"\nvpc_id = "vpc-1"\n')


def test_a_folder_with_a_provider_is_a_root_and_another_a_module(repository: Path, tmp_path: Path) -> None:
    tree = copy_tree(repository, tmp_path / "copy")
    assert [folder.name for folder in tree.folders()] == ["bootstrap", "queue", "stack"]
    assert [folder.name for folder in tree.roots()] == ["bootstrap", "stack"]
    assert [folder.name for folder in tree.tested()] == ["queue"]


def test_a_copy_holds_what_terraform_reads_and_nothing_that_it_made(repository: Path, tmp_path: Path) -> None:
    copy_tree(repository, tmp_path / "copy")
    assert (tmp_path / "copy/docker/collector/config.yaml").is_file()
    stack = {file.name for file in (tmp_path / "copy/infra/terraform/stack").iterdir()}
    assert stack == {"main.tf", "local_aws_override.tf"}


def test_the_repository_is_not_touched(repository: Path, tmp_path: Path) -> None:
    before = sorted(repository.rglob("*"))
    copy_tree(repository, tmp_path / "copy")
    installations(repository, tmp_path / "installations")
    assert sorted(repository.rglob("*")) == before


def test_without_environments_each_root_is_installed_once(repository: Path, tmp_path: Path) -> None:
    assert [one.name for one in installations(repository, tmp_path)] == ["bootstrap", "stack"]


def test_the_stack_is_installed_once_for_each_environment_each_in_its_own_copy(
    repository: Path, tmp_path: Path
) -> None:
    for name in ("dev", "prod"):
        add_environment(repository, name)
    found = installations(repository, tmp_path)
    assert [one.name for one in found] == ["bootstrap", "dev", "prod"]
    assert len({one.folder for one in found}) == 3
    dev = found[1]
    assert [file.name for file in dev.var_files] == ["terraform.tfvars"]
    assert dev.sets("environment")
    assert not dev.sets("log_retention_days")
    assert dev.has_variable("log_retention_days")
