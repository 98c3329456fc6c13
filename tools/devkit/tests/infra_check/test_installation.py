"""A copy for the local AWS: what it leaves out and adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from devkit.infra_check.installation import copy_terraform, environments

FILES = {
    "infra/terraform/modules/queue/main.tf": "",
    "infra/terraform/bootstrap/main.tf": "",
    "infra/terraform/stack/main.tf": "",
    "infra/terraform/stack/.terraform/modules/main.tf": "",
    "infra/terraform/stack/terraform.tfstate": "{}",
    "infra/terraform/stack/.terraform.lock.hcl": "",
    "infra/terraform/stack/images.tfvars": "",
    "infra/terraform/environments/dev/terraform.tfvars": "",
    "docker/collector/config.yaml": "",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "repository"


def test_a_copy_has_what_terraform_reads_and_nothing_that_it_made_or_that_is_its_users(
    repository: Path, tmp_path: Path
) -> None:
    before = sorted(repository.rglob("*"))
    terraform = copy_terraform(repository, tmp_path / "copy")
    assert (tmp_path / "copy/docker/collector/config.yaml").is_file()
    assert {file.name for file in (terraform / "stack").iterdir()} == {"main.tf", "local_aws_override.tf"}
    assert environments(terraform) == ["dev"]
    assert sorted(repository.rglob("*")) == before


@pytest.mark.parametrize("local_state", [True, False])
def test_the_state_is_local_or_stays_in_its_bucket(repository: Path, tmp_path: Path, local_state: bool) -> None:
    terraform = copy_terraform(repository, tmp_path / "copy", local_state=local_state)
    override = (terraform / "bootstrap/local_aws_override.tf").read_text()
    assert 'provider "aws"' in override
    assert ('backend "local"' in override) is local_state
