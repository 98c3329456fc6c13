"""Requirements of the wheel, derived from the modules in it."""

from __future__ import annotations

import pytest

from jobtools.infra.tree import REPOSITORY
from jobtools.wheel.build import contents
from jobtools.wheel.requirements import Undeclared, requirements

DECLARED = ["boto3>=1.40", "moto[server]>=5.1.12", "python-ulid>=3.1", "rich>=14"]


def test_each_imported_name_brings_the_requirement_of_its_distribution() -> None:
    assert requirements({"ulid": "a", "boto3": "b", "moto": "c"}, DECLARED) == [
        "boto3>=1.40",
        "moto[server]>=5.1.12",
        "python-ulid>=3.1",
    ]


def test_what_comes_with_another_one_is_not_asked_for_again() -> None:
    assert requirements({"boto3": "a", "botocore": "a"}, DECLARED) == ["boto3>=1.40"]


@pytest.mark.parametrize("name", ["typer", "no_such_thing", "botocore"])
def test_what_nobody_asks_for_is_told_with_who_imports_it(name: str) -> None:
    with pytest.raises(Undeclared, match=rf"jobtools\.jobs\.x imports {name}"):
        requirements({name: "jobtools.jobs.x"}, DECLARED)


def test_jobs_needs_no_local_aws_no_telemetry_and_no_service() -> None:
    found = contents(REPOSITORY)
    assert "typer" in {one.partition(">")[0] for one in found.requirements}
    assert not {one.partition(">")[0].partition("[")[0] for one in found.requirements} & {"moto", "opentelemetry-sdk"}
    assert not {name for name in found.reached.modules if name.startswith(("main_job", "background_job"))}
