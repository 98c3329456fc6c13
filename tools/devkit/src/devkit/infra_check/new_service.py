"""A service made by `nox -s new-service` in a copy, with the values of `docs/howto/add-a-service.md`, as far as a plan and a mocked apply go; and so
the values of the job in `docs/howto/call-aws-and-http.md`.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.howto import apply_all
from devkit.infra_check.installation import BOOTSTRAP, copy_terraform, write_values
from devkit.infra_check.values import image
from devkit.new_service import plan, write
from jobctl.checkout import STACK, TERRAFORM

if TYPE_CHECKING:
    from devkit.infra_check.terraform import Terraform

PAGE, CALLS = Path("docs/howto/add-a-service.md"), Path("docs/howto/call-aws-and-http.md")
SERVICE, QUEUE = "report-job", "report-jobs"
"""The first page's example."""
_QUEUE_FIELD = re.compile(r"^ +(\w+_url): str = setting", re.MULTILINE)
_TESTS = {
    BOOTSTRAP: """
run "the_new_service_has_a_repository" {
  assert {
    condition     = contains(keys(output.ecr_repository_urls), "%(service)s")
    error_message = "by its folder alone"
  }
}
""",
    STACK: """
run "the_new_service_gets_what_its_settings_read" {
  assert {
    condition = toset([
      for item in jsondecode(module.worker["%(service)s"].container_definitions)[0].environment : item.name
      if can(regex("_(QUEUE|DLQ)_URL$", item.name))
    ]) == toset(%(names)s)
    error_message = "the fields of its settings.py, in upper case"
  }
  assert {
    condition     = output.services["%(service)s"].cloudwatch_log_group == "/ecs/${local.name}/%(service)s"
    error_message = "its own log group"
  }
  assert {
    condition     = contains(output.environment_names["main-job"], "REPORT_JOBS_QUEUE_URL")
    error_message = "who sends to it is told where"
  }
}
run "the_job_that_calls_finds_its_settings_and_its_secret" {
  assert {
    condition = toset(concat([
      for item in jsondecode(module.worker["background-job"].container_definitions)[0].environment : item.name
      if can(regex("^(CRM|INVOICE)_", item.name))
      ], [
      for item in jsondecode(module.worker["background-job"].container_definitions)[0].secrets : item.name
    ])) == toset(["CRM_URL", "CRM_TOKEN", "INVOICE_BUCKET", "INVOICE_TABLE"])
    error_message = "the fields of its settings.py, in upper case"
  }
}
""",
}
_MOCKED = 'mock_provider "aws" {\n  source = "../testing"\n}\n'


def check_new_service(terraform: Terraform, repository: Path, target: Path) -> None:
    """Makes the page's service in a copy at `target`, and tests both roots there.

    Raises:
        TerraformError: a root does not hold with one service more.
    """
    names = make_example(repository, target)
    folder, test = target / TERRAFORM, f"tests/{SERVICE}.tftest.hcl"
    for root, text in _TESTS.items():
        (folder / root / test).write_text(_MOCKED + text % {"service": SERVICE, "names": json.dumps(names)})
        terraform.run(folder / root, "init", "-backend=false")
    only = ("test", "-no-color", f"-filter={test}")
    terraform.run(folder / BOOTSTRAP, *only)
    others = {f"{name}_image": image(name) for name in ("main_job", "background_job", "collector")}
    of_the_page = ("-var-file=../environments/dev/terraform.tfvars", "-var-file=images.tfvars")
    terraform.run(folder / STACK, *only, *of_the_page, write_values(folder / STACK, others))


def make_example(repository: Path, target: Path) -> list[str]:
    """Does what the page says; returns the names in the environment under which the service finds its queues."""
    copy_terraform(repository, target)
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(repository / name, target)
    write(target, plan(target, SERVICE, QUEUE))
    for page in (PAGE, CALLS):
        apply_all(repository / page, target)
    (settings,) = (target / "services" / SERVICE).glob("src/*/settings.py")
    return [name.upper() for name in _QUEUE_FIELD.findall(settings.read_text(encoding="utf-8"))]
