"""Scans, requested and waited for; an image that was not scanned never passes."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from jobctl.errors import CommandError
from jobctl.stop import Stopped, StopSignals
from jobdeploy.images.findings import UNSUPPORTED
from jobdeploy.images.scanning import Scans

REPOSITORY, DIGEST = "jobs/main-job", "sha256:1"
IMAGE = {"repositoryName": REPOSITORY, "imageId": {"imageDigest": DIGEST}}
DESCRIBE, START = "describe_image_scan_findings", "start_image_scan"
NOW = datetime.now(UTC)


@pytest.fixture
def ecr() -> Any:
    return boto3.client("ecr", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.fixture
def answers(ecr: Any) -> Iterator[Stubber]:
    with Stubber(ecr) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def stop() -> Iterator[StopSignals]:
    with StopSignals() as found:
        yield found


@pytest.fixture
def scans(ecr: Any, stop: StopSignals) -> Scans:
    return Scans(ecr, stop, first_look_seconds=0)


def page(state: str, *names: str, ended: datetime = NOW, token: str | None = None) -> dict[str, Any]:
    findings = [{"name": name, "severity": "LOW"} for name in names]
    return {
        "imageScanStatus": {"status": state, "description": "as it was"},
        "imageScanFindings": {"findings": findings, "imageScanCompletedAt": ended},
        **({"nextToken": token} if token else {}),
    }


def ids(scans: Scans) -> list[str]:
    return [one.id for one in scans.findings(REPOSITORY, DIGEST)]


def test_a_scan_on_push_is_waited_for(scans: Scans, answers: Stubber) -> None:
    answers.add_response(DESCRIBE, page("IN_PROGRESS"), IMAGE)
    answers.add_response(DESCRIBE, page("COMPLETE", "CVE-1"), IMAGE)

    assert ids(scans) == ["CVE-1"]


def test_where_nobody_has_scanned_a_scan_is_asked_for_once(scans: Scans, answers: Stubber) -> None:
    answers.add_client_error(DESCRIBE, "ScanNotFoundException")
    answers.add_response(START, {}, IMAGE)
    answers.add_client_error(DESCRIBE, "ScanNotFoundException")
    answers.add_response(DESCRIBE, page("COMPLETE"), IMAGE)

    assert ids(scans) == []


def test_a_scan_of_last_week_is_made_again(scans: Scans, answers: Stubber) -> None:
    answers.add_response(DESCRIBE, page("COMPLETE", ended=NOW - timedelta(days=7)), IMAGE)
    answers.add_response(START, {}, IMAGE)
    answers.add_response(DESCRIBE, page("COMPLETE", ended=NOW - timedelta(days=7)), IMAGE)
    answers.add_response(DESCRIBE, page("COMPLETE", "CVE-NEW"), IMAGE)

    assert ids(scans) == ["CVE-NEW"]


def test_where_ecr_refuses_to_scan_again_the_scan_that_is_there_counts(scans: Scans, answers: Stubber) -> None:
    answers.add_response(DESCRIBE, page("COMPLETE", ended=NOW - timedelta(hours=25)), IMAGE)
    answers.add_client_error(START, "LimitExceededException")
    answers.add_response(DESCRIBE, page("COMPLETE", "CVE-2", ended=NOW - timedelta(hours=25)), IMAGE)

    assert ids(scans) == ["CVE-2"]


def test_enhanced_scanning_looks_by_itself_and_every_page_is_read(scans: Scans, answers: Stubber) -> None:
    answers.add_response(DESCRIBE, page("ACTIVE", "CVE-1", ended=NOW - timedelta(days=90), token="more"), IMAGE)
    answers.add_response(DESCRIBE, page("ACTIVE", "CVE-2"), {**IMAGE, "nextToken": "more"})

    assert ids(scans) == ["CVE-1", "CVE-2"]


def test_a_scan_that_failed_is_asked_for_again_and_then_is_no_pass(scans: Scans, answers: Stubber) -> None:
    answers.add_response(DESCRIBE, page("FAILED"), IMAGE)
    answers.add_response(START, {}, IMAGE)
    answers.add_response(DESCRIBE, page("FAILED"), IMAGE)

    with pytest.raises(CommandError, match="ended with FAILED: as it was") as told:
        ids(scans)
    assert "not scanned is not deployed" in told.value.next_step


def test_a_scan_that_does_not_come_is_no_pass(ecr: Any, stop: StopSignals, answers: Stubber) -> None:
    answers.add_response(DESCRIBE, page("IN_PROGRESS"), IMAGE)

    with pytest.raises(CommandError, match="did not end in 0 s; IN_PROGRESS"):
        Scans(ecr, stop, limit_seconds=0).findings(REPOSITORY, DIGEST)


@pytest.mark.parametrize("told_when", ["asked", "described"])
def test_an_image_that_the_scanner_does_not_know_is_a_finding_of_its_own(
    told_when: str, scans: Scans, answers: Stubber
) -> None:
    if told_when == "asked":
        answers.add_client_error(DESCRIBE, "ScanNotFoundException")
        answers.add_client_error(START, "UnsupportedImageTypeException")
    else:
        answers.add_response(DESCRIBE, page("UNSUPPORTED_IMAGE"), IMAGE)

    assert ids(scans) == [UNSUPPORTED]


def test_an_index_is_scanned_by_its_images_without_attestations(scans: Scans, answers: Stubber) -> None:
    manifest = {
        "manifests": [
            {"digest": "sha256:amd", "platform": {"os": "linux"}},
            {"digest": "sha256:att", "platform": {"os": "unknown"}},
        ]
    }
    answers.add_response("batch_get_image", {"images": [{"imageManifest": json.dumps(manifest)}]})
    answers.add_response("batch_get_image", {"images": [{"imageManifest": '{"layers": []}'}]})
    answers.add_response(
        "batch_get_image", {"images": [], "failures": [{"failureReason": "Requested image not found"}]}
    )

    assert scans.parts(REPOSITORY, DIGEST) == ["sha256:amd"]
    assert scans.parts(REPOSITORY, DIGEST) == [DIGEST]
    with pytest.raises(CommandError, match="Requested image not found"):
        scans.parts(REPOSITORY, DIGEST)


def test_ctrl_c_ends_the_waiting(ecr: Any, answers: Stubber) -> None:
    answers.add_response(DESCRIBE, page("IN_PROGRESS"), IMAGE)
    with StopSignals() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Stopped):
            Scans(ecr, stop).findings(REPOSITORY, DIGEST)
