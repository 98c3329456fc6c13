"""Terraform's variables, the task definition's environment and the services' settings: same names, defaults and limits."""

from __future__ import annotations

import dataclasses
import json
import re
from functools import cache
from typing import Any

import pytest

from background_job.settings import BackgroundJobSettings
from jobctl.checkout import REPOSITORY, TERRAFORM
from jobdeploy.declared import read_declared
from jobdeploy.terraform_files import read_file, read_local, variables
from jobqueue.service import GROUPS, JOB_LOG_GROUPS
from main_job.settings import MainJobSettings

SERVICES: dict[str, tuple[type, ...]] = {
    "main-job": (MainJobSettings, *GROUPS),
    "background-job": (BackgroundJobSettings, *JOB_LOG_GROUPS, *GROUPS),
}
"""What each service reads."""
ADDRESSES = {
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "ECS_SERVICE_ARN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_METRIC_EXPORT_INTERVAL",
}
"""In every task and set by no user: where AWS and the collector are, which service it is, and what the OpenTelemetry SDK reads by itself."""
SOMETIMES = {"OTEL_TRACES_SAMPLER_ARG"}
"""Likewise, where its variable is set."""
NOT_IN_EVERY_TASK = {"AWS_ENDPOINT_URL", "JOB_EVENTS_BUS", "JOB_TABLE"}
"""Settings that only a local run has, and only a task where there are job records or events."""

OF_THE_QUEUE = {"max_message_bytes"}
"""Its range is the queue module's: the provider's own limit, below SQS's."""
UNBOUNDED = {"protection_max_seconds"}
"""The code has no upper limit; Terraform has ECS's."""

STACK = REPOSITORY / TERRAFORM / "stack"
MODULE = REPOSITORY / TERRAFORM / "modules/worker"
TUNABLE: dict[str, dataclasses.Field[Any]] = {
    field.name: field
    for group in (*GROUPS, *JOB_LOG_GROUPS)
    for field in dataclasses.fields(group)
    if field.default is not dataclasses.MISSING and field.default is not None
}
"""The services' settings that have a default: what the stack lets a user set."""
OF_JOB_LOGS = TUNABLE.keys() & {field.name for group in JOB_LOG_GROUPS for field in dataclasses.fields(group)}


@cache
def stack_variables() -> dict[str, dict[str, Any]]:
    return variables(read_file(STACK / "settings.tf"))


@cache
def worker() -> dict[str, Any]:
    return read_file(MODULE / "settings.tf")


@cache
def defaults() -> dict[str, str]:
    """The worker module's, as written."""
    return dict(re.findall(r"(\w+) = optional\(\w+, ([^)]+)\)", variables(worker())["settings"]["type"]))


def test_the_stack_has_a_variable_for_each_setting_and_no_other() -> None:
    assert stack_variables().keys() == TUNABLE.keys()


def test_the_stack_hands_each_of_them_on_under_its_own_name() -> None:
    assert read_local(read_file(STACK / "locals.tf"), "settings") == {name: f"${{var.{name}}}" for name in TUNABLE}


def test_the_worker_module_knows_each_of_them_and_no_other() -> None:
    assert defaults().keys() == TUNABLE.keys()


@pytest.mark.parametrize("name", sorted(TUNABLE))
def test_the_defaults_are_the_code_s(name: str) -> None:
    default = TUNABLE[name].default
    assert stack_variables()[name]["default"] == default
    assert json.loads(defaults()[name]) == default


@pytest.mark.parametrize("name", sorted(TUNABLE))
def test_a_variable_is_described_as_the_setting_is(name: str) -> None:
    assert stack_variables()[name]["description"].lower().startswith(TUNABLE[name].metadata["explained"].lower())


def test_the_limits_are_the_code_s() -> None:
    limits = {name: (field.metadata["minimum"], field.metadata["maximum"]) for name, field in TUNABLE.items()}
    numbers = {name for name, (least, _) in limits.items() if least is not None}
    ranges = read_local(worker(), "setting_ranges")
    assert ranges.keys() == numbers - OF_THE_QUEUE
    for name, (least, most) in ranges.items():
        assert least == limits[name][0], name
        assert (limits[name][1] is None) == (name in UNBOUNDED), name
        assert most == limits[name][1] or name in UNBOUNDED, name


def test_only_a_service_with_job_logs_is_told_of_them() -> None:
    assert set(read_local(worker(), "job_log_settings")) == OF_JOB_LOGS


@pytest.mark.parametrize("service", SERVICES)
def test_a_task_is_told_everything_that_its_service_reads_and_nothing_else(service: str) -> None:
    read = {field.name.upper() for group in SERVICES[service] for field in dataclasses.fields(group)}
    settings = {name.upper() for name in defaults()}
    logs = {name.upper() for name in OF_JOB_LOGS}
    declared = read_declared(STACK)[service]
    told = (settings if declared.job_logs else settings - logs) | declared.addresses() | ADDRESSES
    assert told | ({"JOB_LOG_GROUP"} if declared.job_logs else set()) == (read | ADDRESSES) - NOT_IN_EVERY_TASK


def test_every_queue_that_is_sent_to_has_one_service_that_receives_from_it() -> None:
    services = read_declared(STACK).values()
    receives = [service.receives for service in services]
    assert len(set(receives)) == len(receives)
    assert {queue for service in services for queue in service.sends} <= set(receives)


def test_the_worker_module_sets_the_addresses() -> None:
    containers = (MODULE / "containers.tf").read_text()
    for name in (*ADDRESSES, *SOMETIMES, "JOB_LOG_GROUP", "JOB_EVENTS_BUS", "JOB_TABLE"):
        assert re.search(rf'\b{name}"? *=', containers), name
