"""Do Terraform's variables, the tasks' environment and the services' settings name the same things? Layer: tools, pure: text and dataclasses, no AWS.

One word goes through every tier: `lease_seconds` of the stack -> `settings.lease_seconds` of the worker module -> LEASE_SECONDS in the task ->
`ConsumerPolicy.lease_seconds`. The Terraform files are read as text, in the form that `terraform fmt` gives them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from background_job.settings import BackgroundJobSettings
from jobqueue.bootstrap import GROUPS, JOB_LOG_GROUPS
from jobqueue.settings import SettingError, load
from main_job.settings import MainJobSettings

SERVICES: dict[str, tuple[type, ...]] = {
    "main-job": (MainJobSettings, *GROUPS),
    "background-job": (BackgroundJobSettings, *JOB_LOG_GROUPS, *GROUPS),
}
"""What each service reads."""
ADDRESSES = {"AWS_REGION", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_RESOURCE_ATTRIBUTES"}
"""In every task, and no setting of ours: where AWS and the collector are."""
NOT_IN_A_TASK = {"AWS_ENDPOINT_URL"}
"""A setting that only a local run has."""

_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_DEFAULT = re.compile(r"^  default\s*=\s*(.+)$", re.MULTILINE)
_DESCRIPTION = re.compile(r'^  description\s*=\s*"(.*)"$', re.MULTILINE)
_OPTIONAL = re.compile(r"^    (\w+)\s*=\s*optional\(\w+, (.+)\)$", re.MULTILINE)
_RANGE = re.compile(r"^    (\w+)\s*=\s*\[([\d.]+), ([\d.]+)\]", re.MULTILINE)
_HANDED_ON = re.compile(r"^    (\w+)\s*=\s*var\.(\w+)$", re.MULTILINE)
_WORKER = re.compile(r'^module "\w+" \{\n  source = "\.\./modules/worker"\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_SERVICE = re.compile(r'^  service\s*=\s*"([\w-]+)"$', re.MULTILINE)
_ENVIRONMENT = re.compile(r"^  environment\s*=\s*\{\n(.*?)^  \}", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"^    ([A-Z_]+)\s*=", re.MULTILINE)


@dataclass(frozen=True)
class Written:
    """What the Terraform files say of the settings. Defaults and ranges as numbers, or as text in quotes."""

    stack: Mapping[str, str]
    descriptions: Mapping[str, str]
    handed_on: Mapping[str, str]
    module: Mapping[str, str]
    ranges: Mapping[str, tuple[float, float]]
    job_log_names: frozenset[str]
    own_environment: Mapping[str, frozenset[str]]


def read_terraform(folder: Path) -> Written:
    """Reads `infra/terraform`."""
    variables = dict(_VARIABLE.findall((folder / "stack/settings.tf").read_text()))
    module = (folder / "modules/worker/settings.tf").read_text()
    wiring = (folder / "stack/main.tf").read_text()
    return Written(
        stack={name: _found(_DEFAULT, text, name) for name, text in variables.items()},
        descriptions={name: _found(_DESCRIPTION, text, name) for name, text in variables.items()},
        handed_on=dict(_HANDED_ON.findall(_block((folder / "stack/locals.tf").read_text(), "  settings = {", "  }"))),
        module=dict(_OPTIONAL.findall(module)),
        ranges={
            name: (float(least), float(most))
            for name, least, most in _RANGE.findall(_block(module, "  setting_ranges = {", "  }"))
        },
        job_log_names=frozenset(re.findall(r'"(\w+)"', _block(module, "  job_log_settings = [", "  ]"))),
        own_environment={
            _found(_SERVICE, worker, "a worker"): frozenset(_NAME.findall(_found(_ENVIRONMENT, worker, "a worker")))
            for worker in _WORKER.findall(wiring)
        },
    )


def tunable() -> dict[str, dataclasses.Field[Any]]:
    """The services' settings that have a default, by Terraform's name: what the stack lets a user set."""
    return {
        field.name: field
        for group in (*GROUPS, *JOB_LOG_GROUPS)
        for field in dataclasses.fields(group)
        if field.default is not dataclasses.MISSING and field.default is not None
    }


def job_log_names() -> set[str]:
    """The tunable settings that only a service with job logs reads."""
    return tunable().keys() & {field.name for group in JOB_LOG_GROUPS for field in dataclasses.fields(group)}


def environment_names(service: str) -> set[str]:
    """Every name in the task's environment of the service."""
    read = {field.name.upper() for group in SERVICES[service] for field in dataclasses.fields(group)}
    return (read | ADDRESSES) - NOT_IN_A_TASK


def environment_faults(service: str, environment: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a registered environment: a name too few or too many, or values that the service would refuse."""
    expected = environment_names(service)
    yield from (f"{service}: {name} is not set" for name in sorted(expected - environment.keys()))
    yield from (f"{service}: nobody reads {name}" for name in sorted(environment.keys() - expected))
    for group in SERVICES[service]:
        try:
            load(group, environment)
        except SettingError as error:
            yield from (f"{service}: {line}" for line in str(error).splitlines())


def same_value(written: str, default: object) -> bool:
    """Whether Terraform's literal is the code's default."""
    return written == f'"{default}"' if isinstance(default, str) else float(written) == default


def _found(pattern: re.Pattern[str], text: str, where: str) -> str:
    match = pattern.search(text)
    if match is None:
        raise ValueError(f"{where} has nothing like {pattern.pattern}")
    return match[1]


def _block(text: str, first: str, last: str) -> str:
    """The lines between a line and the next one that ends it."""
    lines = iter(text.splitlines())
    for line in lines:
        if line == first:
            break
    else:
        raise ValueError(f"no line {first!r}")
    block: list[str] = []
    for line in lines:
        if line == last:
            return "\n".join(block)
        block.append(line)
    raise ValueError(f"{first!r} has no end")
