"""Which images a rollback goes back to."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

import pytest

from jobctl.errors import CommandError
from jobdeploy.history import KEPT, key_of, previous, record, recorded
from jobdeploy.image_set import Images
from jobdeploy.target import DeployTarget


@pytest.fixture
def bucket(target: DeployTarget) -> str:
    target.clients("s3").create_bucket(Bucket=target.state_bucket)
    return target.state_bucket


def pushed(target: DeployTarget, name: str, version: str) -> str:
    """An image in ECR, as task definitions name it."""
    ecr, repository = target.clients("ecr"), f"{target.project}/{name}"
    if not any(one["repositoryName"] == repository for one in ecr.describe_repositories()["repositories"]):
        ecr.create_repository(repositoryName=repository)
    layers = [
        {"digest": f"sha256:{hashlib.sha256(version.encode()).hexdigest()}", "size": 1, "mediaType": "application/gzip"}
    ]
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": layers}
    )
    with suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=version)
    (image,) = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": version}])["imageDetails"]
    return f"{target.ecr}/{repository}@{image['imageDigest']}"


def images(target: DeployTarget, version: str) -> Images:
    return {
        "main_job_image": pushed(target, "main-job", version),
        "background_job_image": pushed(target, "background-job", "1.0.0"),
        "collector_image": pushed(target, "collector", "v0"),
    }


def test_nothing_on_record_is_nothing_to_go_back_to(target: DeployTarget, bucket: str) -> None:
    assert recorded(target) == []
    with pytest.raises(CommandError, match="nothing to go back to"):
        previous(target, {})


def test_it_goes_back_to_the_newest_that_differs_from_what_runs(target: DeployTarget, bucket: str) -> None:
    first, second, third = (images(target, version) for version in ("1.0.0", "2.0.0", "3.0.0"))
    for one in (first, second):
        record(target, one)
    assert previous(target, second) == first
    assert previous(target, third) == second  # it runs and was never found working


def test_further_services_in_none_or_an_empty_map_are_the_same(target: DeployTarget, bucket: str) -> None:
    first, second = images(target, "1.0.0"), images(target, "2.0.0")
    for one in (first, second):
        record(target, one)
    assert previous(target, {**second, "service_images": {}}) == first


def test_the_same_images_again_are_recorded_once(target: DeployTarget, bucket: str) -> None:
    for _ in range(2):
        record(target, images(target, "1.0.0"))
    assert len(recorded(target)) == 1


def test_a_second_rollback_goes_further_back_and_never_to_what_was_given_up(target: DeployTarget, bucket: str) -> None:
    first, second, third = (images(target, version) for version in ("1.0.0", "2.0.0", "3.0.0"))
    for one in (first, second, third):
        record(target, one)
    record(target, previous(target, third))
    assert [one.images for one in recorded(target)] == [first, second]
    assert previous(target, second) == first


def test_the_record_does_not_grow_for_ever(target: DeployTarget, bucket: str) -> None:
    for number in range(KEPT + 2):
        record(target, {"main_job_image": f"ecr/main-job@sha256:{number}"})
    assert len(recorded(target)) == KEPT
    assert recorded(target)[-1].images == {"main_job_image": f"ecr/main-job@sha256:{KEPT + 1}"}


def test_images_that_the_registry_has_no_more_are_refused_by_name(target: DeployTarget, bucket: str) -> None:
    first, second = images(target, "1.0.0"), images(target, "2.0.0")
    for one in (first, second):
        record(target, one)
    digest = first["main_job_image"].partition("@")[2]
    target.clients("ecr").batch_delete_image(
        repositoryName=f"{target.project}/main-job", imageIds=[{"imageDigest": digest}]
    )
    with pytest.raises(CommandError, match=f"not in the registry any more: {first['main_job_image']}"):
        previous(target, second)


def test_each_environment_has_a_record_beside_its_state() -> None:
    assert key_of("dev") == "dev/deployments.json"
