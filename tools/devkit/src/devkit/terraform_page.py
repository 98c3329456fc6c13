"""Generator of docs/reference/terraform.md: variables, what is legal, and outputs; Terraform is not run.

A root's variable is often checked where it is used: by the module's variable of the same name. What that refuses is listed with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.terraform_files import read_file, read_local, variables

ROOTS: Final = REPOSITORY / TERRAFORM
_HEAD: Final = """\
# Terraform: variables and outputs

Read from `infra/terraform`; `nox -s fix` makes this page anew. How to use them: [deploy](../howto/deploy.md).
"""
DIFFERENT: Final = ("egress", "policy_statements", "scaling", "thresholds")
"""Those of the worker module that one service can have; the others stand in `stack` too."""
_SERVICES: Final = """
## What a service can have different

`main_job`, `background_job` and each of `service_values` take these; `schedules` are by a name of your choice.
"""
_PROVIDER: Final = """
## Versions of the AWS provider

| Version | What was done |
|---|---|
| 5.100 | run: every test; apply, empty plan, change and destroy of both roots against a local AWS |
| 6.x | allowed (`< 7.0`) and **not run**. The upgrade guide of 6.0 was read: of the resources, data sources and provider arguments here it names \
`aws_ecs_task_definition` (`inference_accelerator`, not used) and `aws_s3_bucket` (`region` becomes `bucket_region`, not read). Nothing here reads \
`data.aws_region` or sets a resource's `region`; `availability_zone_rebalancing`, whose default differs between 5 and 6, is set |

The lock file decides which one a checkout gets: `terraform version` in the root says it.
"""


def page(root: Path = ROOTS) -> str:
    """The whole page, Markdown. Raises ValueError where a file is no HCL."""
    worker = [read_file(file) for file in sorted((root / "modules/worker").glob("*.tf"))]
    settings = next(file for file in worker if "setting_ranges" in str(file.get("locals")))
    checks: dict[str, list[str]] = {}
    for path in sorted(root.glob("modules/*/*.tf")):
        for name, variable in variables(read_file(path)).items():
            checks.setdefault(name, []).extend(_legal(variable))
    for name, (least, most) in read_local(settings, "setting_ranges").items():
        checks.setdefault(name, [f"{name} must be between {least:,} and {most:,}."])
    parts = [_HEAD]
    for name, purpose in (("stack", "once per environment"), ("bootstrap", "once per account and Region")):
        parts.append(f"## `{name}`, {purpose}\n")
        outputs: list[str] = []
        # settings.tf last: the first question is about names, images and tasks
        for path in sorted((root / name).glob("*.tf"), key=lambda path: (path.name == "settings.tf", path.name)):
            file = read_file(path)
            if declared := variables(file):
                parts += [f"### `{name}/{path.name}`\n", *_variables(declared, checks), ""]
            for block in file.get("output", ()):
                outputs += [_row(f"`{output}`", value["description"]) for output, value in block.items()]
        if name == "stack":
            parts.append("### Settings together\n\nRanges are with each setting above. Refused are also:\n")
            together = (line.removeprefix("settings: ") for line in checks["settings"])
            # with a value left out it says what the stack sees to by itself: queue and worker get one value
            parts += [*(f"- {line}" for line in together if "..." not in line), ""]
        parts += [f"### Outputs of `{name}`\n", _row("Output", "What it is"), "|---|---|", *outputs, ""]
    different = {name: one for file in worker for name, one in variables(file).items() if name in DIFFERENT}
    return "\n".join([*parts, _SERVICES.lstrip(), *_variables(different, checks), _PROVIDER])


def _variables(declared: Mapping[str, dict[str, Any]], checks: Mapping[str, Iterable[str]]) -> Iterator[str]:
    yield from (_row("Variable", "Type", "Default", "What it is, what is legal"), "|---|---|---|---|")
    for name, one in declared.items():
        legal = dict.fromkeys([*_legal(one), *checks.get(name, ())])
        default = f"`{json.dumps(one['default'])}`" if "default" in one else "required"
        type_ = one["type"].removeprefix("${").removesuffix("}")
        yield _row(f"`{name}`", f"`{type_}`", default, " ".join([one["description"], *legal]))


def _legal(variable: Mapping[str, Any]) -> Iterator[str]:
    """The messages of its validations, without the values that only a run knows: `x = ${...} must be` becomes `x must be`."""
    for validation in variable.get("validation", ()):
        message, inner = validation["error_message"], 1
        while inner:  # innermost first
            message, inner = re.subn(r"\$\{[^{}]*\}", "...", message)
        message = message.replace(" = ...", "")
        if not re.fullmatch(r"[\w.]+:( unknown:)? \.{3,4}", message):  # a message that is all values says nothing here
            yield message


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
