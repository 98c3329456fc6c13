"""The record of pushed images, and the Terraform variables made from it."""

from __future__ import annotations

import re
from pathlib import Path

from jobctl.checkout import REPOSITORY
from jobctl.environment.target import Target
from jobdeploy.images.place import Place
from jobdeploy.images.record import NAMED, Pushed, read_record, stack_variables, write_record

TARGET = Target("jobs", "dev", "us-east-1", "123456789012", registry="127.0.0.1:5000")


def pushed(name: str, digest: str = "sha256:1") -> Pushed:
    place = Place.of(TARGET)
    return Pushed(
        name=name,
        reference=place.reference(name, digest),
        digest=digest,
        tag="0.1.0-abc1234",
        version="0.1.0",
        revision="abc1234",
        pushed_at="2026-01-01T00:00:00+00:00",
        platforms={"linux/amd64": "sha256:2"},
        new=True,
    )


def test_what_was_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "deeper" / "images.json"
    assert read_record(file) == {}

    write_record(file, [pushed("main-job"), pushed("base")])
    write_record(file, [pushed("main-job", "sha256:3")])

    assert read_record(file) == {"main-job": pushed("main-job", "sha256:3")}
    assert [one.name for one in file.parent.iterdir()] == ["images.json"]


def test_the_stack_gets_a_variable_for_each_service_and_none_for_the_base() -> None:
    two = [pushed("base"), *(pushed(name) for name in NAMED)]
    address = "123456789012.dkr.ecr.us-east-1.amazonaws.com/jobs"

    assert stack_variables(two) == {
        "main_job_image": f"{address}/main-job@sha256:1",
        "background_job_image": f"{address}/background-job@sha256:1",
        "collector_image": f"{address}/collector@sha256:1",
    }
    assert stack_variables([*two, pushed("third-job")])["service_images"] == {
        "third-job": f"{address}/third-job@sha256:1"
    }


def test_the_variables_are_those_that_the_stack_has() -> None:
    written = (REPOSITORY / "infra/terraform/stack/variables_services.tf").read_text()

    assert set(re.findall(r'^variable "(\w+_image)"', written, re.MULTILINE)) == {
        f"{name.replace('-', '_')}_image" for name in NAMED
    }


def test_images_are_pushed_to_the_address_and_registered_as_ecrs() -> None:
    assert Place.of(TARGET).repository("main-job") == "127.0.0.1:5000/jobs/main-job"
    assert Place.of(TARGET, "registry.example.org").reference("main-job", "sha256:1") == (
        "registry.example.org/jobs/main-job@sha256:1"
    )
