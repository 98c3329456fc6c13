"""The defaults of Terraform's variables, read from their declarations without running Terraform."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.declared import Declared, read_declared
from jobdeploy.hcl import Block, attributes, parse, string

_DEFAULT = re.compile(r"optional\(number, ([\d.]+)\)")


@dataclass(frozen=True)
class Defaults:
    """`thresholds`: the value above which each alarm is on, by the name in the worker module; `environments`: those with values in the checkout."""

    project: str
    region: str
    environments: tuple[str, ...]
    services: dict[str, Declared]
    thresholds: dict[str, float]


def read_defaults(terraform: Path = REPOSITORY / TERRAFORM) -> Defaults:
    """Reads the declarations.

    Raises:
        HclError, KeyError: a declaration is not written as this reader expects.
    """
    stack = parse((terraform / "stack" / "variables.tf").read_text(encoding="utf-8"))
    alarms = parse((terraform / "modules" / "worker" / "variables_alarms.tf").read_text(encoding="utf-8"))
    kind = _variable(alarms, "thresholds").attributes["type"].removeprefix("object(").removesuffix(")")
    return Defaults(
        project=string(_variable(stack, "project_name").attributes["default"]),
        region=string(_variable(stack, "aws_region").attributes["default"]),
        environments=tuple(sorted(file.parent.name for file in terraform.glob("environments/*/terraform.tfvars"))),
        services=read_declared(terraform / "stack"),
        thresholds={name: _number(name, made) for name, made in attributes(kind).items()},
    )


def _variable(file: Block, name: str) -> Block:
    for block in file.all("variable"):
        if block.labels == (name,):
            return block
    raise KeyError(f"no variable {name}")


def _number(name: str, made: str) -> float:
    found = _DEFAULT.fullmatch(made)
    if found is None:
        raise KeyError(f"threshold {name} has no default: {made}")
    return float(found[1])
