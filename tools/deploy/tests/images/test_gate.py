"""The scan gate: findings that stop a deployment, and dated ignores that let them pass until their day.

Against moto, whose every scan finds CVE-9999-9999 (high).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from moto import mock_aws

from jobctl.checkout import REPOSITORY
from jobctl.errors import CommandError, UsageError
from jobctl.stop import StopSignals
from jobdeploy.images.gate import ImageRefusedError, gate
from jobdeploy.progress import Progress
from jobdeploy.target import DeployTarget
from localaws.aws import CREDENTIALS

TODAY = date(2026, 1, 31)
MANIFEST = '{"mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}'
IGNORE = """
[[ignore]]
id = "CVE-9999-9999"
scanner = "image"
where = "moto_fake"
reason = "no job of ours calls it"
expires = {}
"""


@dataclass(frozen=True)
class Pushed:
    target: DeployTarget
    images: dict[str, object]

    def gate(self, policy: str, *, without_scan: bool = False) -> None:
        (self.target.repository / "scan.toml").write_text(policy)
        with StopSignals() as stop:
            gate(self.target, self.images, stop, Progress(), without_scan=without_scan, today=TODAY)


def policy(level: str, ignore: str = "") -> str:
    return f'image-fails-at = "{level}"\n{ignore}'


@pytest.fixture
def pushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pushed]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        target = DeployTarget("jobs", "dev", "eu-north-1", "123456789012", repository=tmp_path)
        ecr = target.clients("ecr")
        ecr.create_repository(repositoryName="jobs/third-job")
        image = ecr.put_image(repositoryName="jobs/third-job", imageManifest=MANIFEST, imageTag="1")["image"]
        reference = f"{target.ecr}/jobs/third-job@{image['imageId']['imageDigest']}"
        yield Pushed(target, {"service_images": {"third-job": reference}})


@pytest.mark.slow
def test_a_finding_at_the_threshold_is_told_with_all_that_mends_it(pushed: Pushed) -> None:
    with pytest.raises(ImageRefusedError) as refused:
        pushed.gate(policy("high"))

    for said in ("high", "CVE-9999-9999", "moto_fake 9.9.9", "no fixed version", "jobs/third-job@sha256:"):
        assert said in refused.value.what
    assert "Nothing was deployed" in refused.value.next_step


def test_below_the_threshold_it_passes(pushed: Pushed) -> None:
    pushed.gate(policy("critical"))


def test_a_dated_ignore_lets_it_pass_and_says_so_until_its_day(
    pushed: Pushed, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed.gate(policy("high", IGNORE.format("2026-01-31")))
    assert "let pass until 2026-01-31: CVE-9999-9999" in capsys.readouterr().out

    with pytest.raises(ImageRefusedError, match="expired on 2026-01-30"):
        pushed.gate(policy("high", IGNORE.format("2026-01-30")))


def test_an_ignore_that_nothing_needs_is_told_and_does_not_stop_a_deployment(
    pushed: Pushed, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed.gate(policy("critical", IGNORE.format("2026-12-31").replace("9999-9999", "1111-1111")))
    assert "nothing needs this any more: image CVE-1111-1111" in capsys.readouterr().out


def test_without_a_policy_nothing_passes(pushed: Pushed) -> None:
    with pytest.raises(UsageError, match="image-fails-at"):
        pushed.gate("")


def test_not_scanning_is_said_loudly(pushed: Pushed, capsys: pytest.CaptureFixture[str]) -> None:
    pushed.gate("", without_scan=True)
    assert "NOT SCANNED" in capsys.readouterr().out


def test_a_repository_that_is_not_there_is_told_with_the_bootstrap(pushed: Pushed) -> None:
    other = Pushed(pushed.target, {"main_job_image": f"{pushed.target.ecr}/jobs/main-job@sha256:{'0' * 64}"})
    with pytest.raises(CommandError, match="no repository for jobs/main-job") as told:
        other.gate(policy("high"))
    assert "bootstrap" in told.value.next_step


def test_the_repositorys_own_policy_judges_images() -> None:
    assert 'image-fails-at = "high"' in (REPOSITORY / "scan.toml").read_text()
