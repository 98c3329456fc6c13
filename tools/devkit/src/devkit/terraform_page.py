"""Generator of docs/reference/terraform.md: variables, their limits, and outputs; reads files, never runs Terraform.

A root's variable is often checked where it is used: by the module's variable of the same name. What those refuse is listed with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.hcl import Block, parse, string

ROOTS: Final = REPOSITORY / TERRAFORM
_VALUE: Final = "${}"
_HEAD: Final = """\
# Terraform: variables and outputs

Read from `infra/terraform`; `nox -s fix` makes this page anew. How to use them: [deploy](../howto/deploy.md).
"""
_TOGETHER: Final = """\
### Settings together

Ranges are with each setting above. Refused are also:
"""
_SERVICES: Final = """\
## What a service can have different

`main_job`, `background_job` and each of `service_values` take these in `scaling` and in `thresholds`; `schedules` are by a name of your choice.
"""


def page(root: Path = ROOTS) -> str:
    """The whole page, Markdown. Raises HclError where a file is not what the reader knows."""
    files = [parse(file.read_text(encoding="utf-8")) for file in sorted((root / "modules").glob("*/*.tf"))]
    checks = [variable for file in files for variable in file.all("variable")]
    ranges = _ranges(files)
    parts = [_HEAD]
    for name, purpose in (("stack", "once per environment"), ("bootstrap", "once per account and Region")):
        parts.append(f"## `{name}`, {purpose}\n")
        outputs: list[tuple[str, str]] = []
        # settings.tf last: the first question is about names, images and tasks
        for path in sorted((root / name).glob("*.tf"), key=lambda path: (path.name == "settings.tf", path.name)):
            file = parse(path.read_text(encoding="utf-8"))
            if variables := file.all("variable"):
                parts += [f"### `{name}/{path.name}`\n", _variables(variables, checks, ranges)]
            outputs += [(f"`{one.labels[0]}`", _text(one, "description")) for one in file.all("output")]
        if name == "stack":
            parts += [_TOGETHER, *_together(checks), ""]
        parts += [f"### Outputs of `{name}`\n", _table(("Output", "What it is"), outputs)]
    parts.append(_SERVICES)
    for one in checks:
        if one.labels[0] in ("scaling", "thresholds"):
            parts += [f"### `{one.labels[0]}`\n", f"{_text(one, 'description')} {' '.join(_legal(one))}\n"]
            parts.append(_table(("Name", "Type", "Default"), list(_attributes(one))))
    return "\n".join(parts).rstrip("\n") + "\n"


def _variables(variables: list[Block], checks: list[Block], ranges: Mapping[str, str]) -> str:
    rows = []
    for one in variables:
        name = one.labels[0]
        same = [one, *(other for other in checks if other.labels == one.labels)]
        legal = dict.fromkeys(line for check in same for line in _legal(check))
        if name in ranges and not legal:
            legal = {f"{name} must be between {ranges[name]}.": None}
        default = one.attributes.get("default")
        rows.append(
            (
                f"`{name}`",
                f"`{_one_line(one.attributes['type'])}`",
                "required" if default is None else f"`{_one_line(default)}`",
                " ".join([_text(one, "description"), *legal]),
            )
        )
    return _table(("Variable", "Type", "Default", "What it is, what is legal"), rows)


def _ranges(files: Iterable[Block]) -> dict[str, str]:
    """The worker module's `setting_ranges`: each setting's least and most."""
    for file in files:
        for block in file.all("locals"):
            if ranges := block.attributes.get("setting_ranges"):
                pairs = parse(ranges[1:-1]).attributes.items()
                return {
                    name: " and ".join(_grouped(end) for end in re.findall(r"[\d.]+", pair)) for name, pair in pairs
                }
    return {}


def _together(checks: Iterable[Block]) -> Iterator[str]:
    """Rules of the worker module for settings that must agree."""
    for one in checks:
        if one.labels == ("settings",):
            # with a value left out it says what the stack sees to by itself: queue and worker get one value
            yield from (f"- {line.removeprefix('settings: ')}" for line in _legal(one) if "..." not in line)


def _grouped(number: str) -> str:
    return f"{int(number):,}" if number.isdigit() else number


def _legal(variable: Block) -> Iterator[str]:
    """The messages of its validations, without the values that only a run knows: `x = ${...} must be ...` becomes `x must be ...`."""
    for validation in variable.all("validation"):
        message = string(validation.attributes["error_message"], value=_VALUE).replace(f" = {_VALUE}", "")
        # a message that is all values says nothing here
        if not re.fullmatch(rf"[\w.]+:( unknown:)? {re.escape(_VALUE)}\.?", message):
            yield message.replace(_VALUE, "...")


def _attributes(variable: Block) -> Iterator[tuple[str, str, str]]:
    """The attributes of `object({ name = optional(type, default) ... })`, a nested object on one line."""
    inside = variable.attributes["type"].removeprefix("object({").removesuffix("})")
    for name, type_ in parse(inside).attributes.items():
        if made := re.fullmatch(r"optional\((.+), ([^,()]+)\)", type_, re.DOTALL):
            yield f"`{name}`", f"`{_one_line(made[1])}`", f"`{made[2]}`"
        else:
            yield f"`{name}`", f"`{_one_line(type_)}`", "required"


def _text(block: Block, attribute: str) -> str:
    return string(block.attributes[attribute])


def _one_line(expression: str) -> str:
    """The expression on one line: the lines of an object are its attributes, joined with commas where needed."""
    joined = ""
    for line in (line.strip() for line in expression.splitlines()):
        if joined and line:
            joined += " " if joined[-1] in "([{," or line[0] in ")]}" else ", "
        joined += re.sub(r"\s+=\s+", " = ", line)
    return joined


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (head, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:], ""])
