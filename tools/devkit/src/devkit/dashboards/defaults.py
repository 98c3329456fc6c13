"""The defaults of Terraform's variables, read from their declarations without running Terraform."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.declared import Declared, read_declared
from jobdeploy.terraform_files import read_file, variables

_THRESHOLD = re.compile(r"(\w+) = optional\(number, ([\d.]+)\)")


@dataclass(frozen=True)
class Defaults:
    """`thresholds`: the value above which each alarm is on, by the name in the worker module; `environments`: those with values in the checkout."""

    project: str
    region: str
    environments: tuple[str, ...]
    services: dict[str, Declared]
    thresholds: dict[str, float]


def read_defaults(terraform: Path = REPOSITORY / TERRAFORM) -> Defaults:
    """Reads the declarations. Raises ValueError or KeyError where one is not written as this reader expects."""
    stack = variables(read_file(terraform / "stack" / "variables.tf"))
    alarms = variables(read_file(terraform / "modules" / "worker" / "variables_alarms.tf"))
    return Defaults(
        project=stack["project_name"]["default"],
        region=stack["aws_region"]["default"],
        environments=tuple(sorted(file.parent.name for file in terraform.glob("environments/*/terraform.tfvars"))),
        services=read_declared(terraform / "stack"),
        thresholds={name: float(value) for name, value in _THRESHOLD.findall(alarms["thresholds"]["type"])},
    )
