"""What a service's image says of the settings that it reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError
from jobdeploy.images.declaration import read_declaration

ENTRY = """\
from dataclasses import dataclass

from jobqueue import Secret, Service, setting


@dataclass(frozen=True)
class Settings:
    jobs_queue_url: str = setting("its queue", role="receives")
    jobs_dlq_url: str = setting("its dead letters", role="dead_letters")
    crm_url: str = setting("the CRM's address")
    crm_token: Secret = setting("the CRM's token")
    crm_pages: int = setting("pages at once", 5)


SERVICE = Service("crm-job", settings=Settings, catalogue="crm_job.jobs:catalogue", job_logs=True)
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The folder of one whose table of jobs cannot be imported: it needs a package that only its image has."""
    package = tmp_path / "src" / "crm_job"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(ENTRY)
    (package / "jobs.py").write_text("import not_installed_here\n")
    scripts = '[project.scripts]\ncrm-job = "crm_job.__main__:main"\n'
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "crm-job"\n{scripts}')
    return tmp_path


def test_required_settings_are_told_with_what_gives_them(service: Path) -> None:
    said = json.loads(read_declaration(REPOSITORY, service))
    assert said["required"] == {
        "JOBS_QUEUE_URL": "stack",
        "JOBS_DLQ_URL": "stack",
        "CRM_URL": "environment",
        "CRM_TOKEN": "secrets",
        "JOB_LOG_GROUP": "stack",
    }
    assert said["own"] == ["CRM_PAGES", "CRM_TOKEN", "CRM_URL"]
    assert {"CRM_PAGES", "LEASE_SECONDS", "JOB_LOG_SHIPPERS", "ECS_SERVICE_ARN"} <= set(said["optional"])


def test_what_is_no_service_says_nothing(service: Path) -> None:
    (service / "src" / "crm_job" / "__main__.py").write_text("def main(): ...\n")
    assert read_declaration(REPOSITORY, service) == ""
    assert read_declaration(REPOSITORY, REPOSITORY / "libs" / "common") == ""


def test_an_entry_point_that_needs_other_packages_is_told_with_what_to_do(service: Path) -> None:
    (service / "src" / "crm_job" / "__main__.py").write_text("import not_installed_here\n")
    with pytest.raises(CommandError, match="settings of crm-job cannot be read") as failed:
        read_declaration(REPOSITORY, service)
    assert "No module named 'not_installed_here'" in failed.value.what
    assert "jobs.py and handlers.py" in failed.value.next_step
