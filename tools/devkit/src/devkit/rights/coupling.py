"""Comparison of a task's registered environment with the settings that its service reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from background_job.settings import BackgroundJobSettings
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
