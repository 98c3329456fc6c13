"""Terraform's variables, the task definition's environment and the services' settings: same names, defaults and limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devkit.rights.coupling import (
    ADDRESSES,
    SERVICES,
    SOMETIMES,
    Written,
    environment_faults,
    environment_names,
    job_log_names,
    read_terraform,
    same_value,
    tunable,
)
from jobctl.checkout import REPOSITORY, TERRAFORM

OF_THE_QUEUE = {"max_message_bytes"}
"""Its range is the queue module's: the provider's own limit, below SQS's."""
UNBOUNDED = {"protection_max_seconds"}
"""The code has no upper limit; Terraform has ECS's."""


@pytest.fixture(scope="module")
def written() -> Written:
    return read_terraform(REPOSITORY / TERRAFORM)


def test_the_stack_has_a_variable_for_each_setting_and_no_other(written: Written) -> None:
    assert written.stack.keys() == tunable().keys()


def test_the_stack_hands_each_of_them_on_under_its_own_name(written: Written) -> None:
    assert written.handed_on == {name: name for name in tunable()}


def test_the_worker_module_knows_each_of_them_and_no_other(written: Written) -> None:
    assert written.module.keys() == tunable().keys()


@pytest.mark.parametrize("name", sorted(tunable()))
def test_the_defaults_are_the_code_s(written: Written, name: str) -> None:
    default = tunable()[name].default
    assert same_value(written.stack[name], default)
    assert same_value(written.module[name], default)


@pytest.mark.parametrize("name", sorted(tunable()))
def test_a_variable_is_described_as_the_setting_is(written: Written, name: str) -> None:
    assert written.descriptions[name].lower().startswith(tunable()[name].metadata["explained"].lower())


def test_the_limits_are_the_code_s(written: Written) -> None:
    limits = {name: (field.metadata["least"], field.metadata["most"]) for name, field in tunable().items()}
    numbers = {name for name, (least, _) in limits.items() if least is not None}
    assert written.ranges.keys() == numbers - OF_THE_QUEUE
    for name, (least, most) in written.ranges.items():
        assert least == limits[name][0], name
        assert (limits[name][1] is None) == (name in UNBOUNDED), name
        assert most == limits[name][1] or name in UNBOUNDED, name


def test_only_a_service_with_job_logs_is_told_of_them(written: Written) -> None:
    assert written.job_log_names == job_log_names()


@pytest.mark.parametrize("service", SERVICES)
def test_a_task_is_told_everything_that_its_service_reads_and_nothing_else(written: Written, service: str) -> None:
    settings = {name.upper() for name in written.module}
    logs = {name.upper() for name in written.job_log_names}
    declared = written.services[service]
    told = (settings if declared.job_logs else settings - logs) | declared.addresses() | ADDRESSES
    assert told | ({"JOB_LOG_GROUP"} if declared.job_logs else set()) == environment_names(service)


def test_every_queue_that_is_sent_to_has_one_service_that_receives_from_it(written: Written) -> None:
    receives = [service.receives for service in written.services.values()]
    assert len(set(receives)) == len(receives)
    assert {queue for service in written.services.values() for queue in service.sends} <= set(receives)


def test_the_worker_module_sets_the_addresses(written: Written) -> None:
    containers = (REPOSITORY / TERRAFORM / "modules/worker/containers.tf").read_text()
    for name in (*ADDRESSES, *SOMETIMES, "JOB_LOG_GROUP"):
        assert re.search(rf'\b{name}"? *=', containers), name


def test_a_name_too_few_one_too_many_and_a_value_that_is_refused_are_faults() -> None:
    environment = dict.fromkeys(environment_names("background-job") - {"LOG_LEVEL"}, "") | {
        "GRACE_SECONDS": "500",
        "OLD": "1",
    }
    environment |= {"BACKGROUND_JOBS_QUEUE_URL": "u", "BACKGROUND_JOBS_DLQ_URL": "u", "JOB_LOG_GROUP": "g"}
    faults = list(environment_faults("background-job", environment))
    assert faults[:2] == ["background-job: LOG_LEVEL is not set", "background-job: nobody reads OLD"]
    assert len(faults) == 3
    assert "GRACE_SECONDS=500" in faults[2]


def test_a_setting_that_only_one_tier_has_is_seen(tmp_path: Path) -> None:
    for name in ("stack/settings.tf", "stack/locals.tf", "stack/main.tf", "modules/worker/settings.tf"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((REPOSITORY / TERRAFORM / name).read_text())
    settings = tmp_path / "stack/settings.tf"
    settings.write_text(settings.read_text().replace('variable "lease_seconds"', 'variable "visibility_seconds"'))
    changed = read_terraform(tmp_path)
    assert changed.stack.keys() ^ tunable().keys() == {"lease_seconds", "visibility_seconds"}
