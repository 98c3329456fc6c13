"""Checks that Terraform's variables, the tasks' environment and the services' settings name the same things; reads text, not AWS.

A setting has one name in every tier: `lease_seconds` of the stack -> `settings.lease_seconds` of the worker module -> LEASE_SECONDS in the task ->
`ConsumerPolicy.lease_seconds`. The Terraform files are read as text (`jobdeploy.hcl`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from background_job.settings import BackgroundJobSettings
from jobdeploy.declared import Declared, read_declared
from jobdeploy.hcl import Block, HclError, attributes, local, parse, string, strings
from jobqueue.service import GROUPS, JOB_LOG_GROUPS
from jobqueue.settings import SettingError, load
from main_job.settings import MainJobSettings

SERVICES: dict[str, tuple[type, ...]] = {
    "main-job": (MainJobSettings, *GROUPS),
    "background-job": (BackgroundJobSettings, *JOB_LOG_GROUPS, *GROUPS),
}
"""What each service reads."""
ADDRESSES = {
    "AWS_REGION",
    "ECS_SERVICE_ARN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_METRIC_EXPORT_INTERVAL",
}
"""In every task and set by no user: where AWS and the collector are, which service it is, and what the OpenTelemetry SDK reads by itself."""
SOMETIMES = {"OTEL_TRACES_SAMPLER_ARG"}
"""Likewise, where its variable is set."""
NOT_IN_A_TASK = {"AWS_ENDPOINT_URL"}
"""A setting that only a local run has."""

_OPTIONAL = re.compile(r"^optional\(\w+, (.+)\)$")
_RANGE = re.compile(r"^\[([\d.]+), ([\d.]+)\]$")


@dataclass(frozen=True)
class Written:
    """What the Terraform files say of the settings. Defaults and ranges as numbers, or as text in quotes."""

    stack: Mapping[str, str]
    descriptions: Mapping[str, str]
    handed_on: Mapping[str, str]
    module: Mapping[str, str]
    ranges: Mapping[str, tuple[float, float]]
    job_log_names: frozenset[str]
    services: Mapping[str, Declared]


def read_terraform(folder: Path) -> Written:
    """Reads `infra/terraform`. Raises HclError or KeyError where it is not written as it is here."""
    variables = {one.labels[0]: one.attributes for one in _parsed(folder / "stack/settings.tf").all("variable")}
    module = _parsed(folder / "modules/worker/settings.tf")
    (settings,) = (one.attributes["type"] for one in module.all("variable") if one.labels == ("settings",))
    written = attributes(settings.removeprefix("object(").removesuffix(")"))
    handed_on = attributes(local(_parsed(folder / "stack/locals.tf"), "settings"))
    ranges = attributes(local(module, "setting_ranges"))
    return Written(
        stack={name: variable["default"] for name, variable in variables.items()},
        descriptions={name: string(variable["description"]) for name, variable in variables.items()},
        handed_on={name: value.removeprefix("var.") for name, value in handed_on.items()},
        module={name: _match(_OPTIONAL, kind)[1] for name, kind in written.items()},
        ranges={
            name: (float(found[1]), float(found[2]))
            for name, found in ((name, _match(_RANGE, pair)) for name, pair in ranges.items())
        },
        job_log_names=frozenset(strings(local(module, "job_log_settings"))),
        services=read_declared(folder / "stack"),
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
    yield from (f"{service}: nobody reads {name}" for name in sorted(environment.keys() - expected - SOMETIMES))
    for group in SERVICES[service]:
        try:
            load(group, environment)
        except SettingError as error:
            yield from (f"{service}: {line}" for line in str(error).splitlines())


def same_value(written: str, default: object) -> bool:
    """Whether Terraform's literal is the code's default."""
    return written == f'"{default}"' if isinstance(default, str) else float(written) == default


def _parsed(file: Path) -> Block:
    return parse(file.read_text(encoding="utf-8"))


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.match(text)
    if found is None:
        raise HclError(f"{text} is not like {pattern.pattern}")
    return found
