"""The steps of `docs/howto/add-a-service.md`, followed in a copy as far as Terraform's plan and a mocked apply go.

A fence's first line says what to do with it: `add-to=PATH` (at the end, or under the line that `below=LINE` gives), or `executed=NAME`: a shell runs
it in the copy's root.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.infra_check.inventory import NotAsSaid
from devkit.infra_check.tree import copy_tree
from devkit.infra_check.values import images_of_the_two, write_values
from jobctl.checkout import STACK

if TYPE_CHECKING:
    from devkit.infra_check.terraform import Terraform
    from jobdeploy.progress import Progress

PAGE = Path("docs/howto/add-a-service.md")
SERVICE, MODULE = "report-job", "report_job"
"""The page's example."""
SHELL_SECONDS = 30
_FENCE = re.compile(r"^```\w+ (?P<order>\S[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_ADD = re.compile(r"add-to=(?P<path>\S+)(?: below=(?P<below>.+))?")
_TESTS = {
    "bootstrap": """
run "the_new_service_has_a_repository" {
  assert {
    condition     = contains(keys(output.ecr_repository_urls), "%(service)s")
    error_message = "by its folder alone"
  }
}
""",
    STACK: """
run "the_new_service_is_told_what_its_settings_read" {
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
}
""",
}
_MOCKED = 'mock_provider "aws" {\n  source = "../testing"\n}\n'


def check_new_service(terraform: Terraform, progress: Progress, repository: Path, target: Path) -> None:
    """Follows the page in a copy at `target`, and tests both roots there.

    Raises:
        NotAsSaid: the page cannot be followed.
        TerraformFailed: a root does not hold with one service more.
    """
    with progress.step(f"follow {PAGE.name}") as notes:
        folder = copy_tree(repository, target).folder
        notes.append(f"{follow((repository / PAGE).read_text(encoding='utf-8'), target)} fences")
        settings = target / "services" / SERVICE / "src" / MODULE / "settings.py"
        names = json.dumps(required_names(settings.read_text(encoding="utf-8")))
        for root, text in _TESTS.items():
            test = _MOCKED + text % {"service": SERVICE, "names": names}
            (folder / root / "tests" / f"{MODULE}.tftest.hcl").write_text(test)
            terraform.run(folder / root, "init", "-backend=false")
        only = ("test", "-no-color", f"-filter=tests/{MODULE}.tftest.hcl")
        terraform.run(folder / "bootstrap", *only)
        values = write_values(folder / STACK / "others.tfvars.json", images_of_the_two())
        of_the_page = ("-var-file=../environments/dev/terraform.tfvars", "-var-file=images.tfvars")
        terraform.run(folder / STACK, *only, *of_the_page, values)


def follow(page: str, root: Path) -> int:
    """Do what each fence of the page says; returns the number of fences.

    Raises:
        NotAsSaid: a place is not there, or a command fails.
    """
    fences = list(_FENCE.finditer(page))
    for fence in fences:
        if fence["order"].startswith("executed="):
            _run(fence["text"], root)
        elif added := _ADD.fullmatch(fence["order"]):
            _add(root / added["path"], added["below"], fence["text"])
        else:
            raise NotAsSaid(f"{PAGE.name}: a fence that nobody understands: {fence['order']}")
    return len(fences)


def required_names(settings: str) -> list[str]:
    """The environment's names of the settings without a default, in the text of a `settings.py`: `setting("...")` with nothing after it."""
    return [
        one.target.id.upper()
        for one in ast.walk(ast.parse(settings))
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and isinstance(one.value, ast.Call)
        and len(one.value.args) == 1
    ]


def _run(text: str, root: Path) -> None:
    command = ["sh", "-euc", text]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=SHELL_SECONDS)
    if ran.returncode:
        raise NotAsSaid(f"{PAGE.name}: exit code {ran.returncode}\n{text}\n{ran.stdout}{ran.stderr}")


def _add(path: Path, below: str | None, text: str) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if below is None:
        path.write_text(f"{before}\n{text}", encoding="utf-8")
        return
    lines = before.splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line.strip() == below]
    if len(places) != 1:
        raise NotAsSaid(f"{PAGE.name}: {path.name} has {len(places)} lines {below!r}")
    path.write_text("".join([*lines[: places[0] + 1], text, *lines[places[0] + 1 :]]), encoding="utf-8")
