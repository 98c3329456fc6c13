"""The scan of a small repository with one mistake of each kind, by the real scanners that ask nobody."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jobdeploy.scan.__main__ import bundled, main

pytestmark = pytest.mark.slow

WORKFLOW = """on: push
jobs:
  one:
    needs: another
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
"""
MISTAKES = {
    "infra/terraform/main.tf": 'resource "aws_s3_bucket" "one" {\n  bucket = "one"\n}\n',
    "docker/one.Dockerfile": "FROM python:latest\n",
    ".github/workflows/one.yml": WORKFLOW,
    "noxw": "#!/bin/sh\necho $1\n",
    "local/crm.env": "CRM_TOKEN=short\n",
    "key.txt": 'token = "ghp_' + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" + '"\n',
}
EXPECTED = {
    "terraform": "infra/terraform/main.tf:1: CKV",
    "dockerfiles": "docker/one.Dockerfile:1: DL3007",
    "workflows": ".github/workflows/one.yml:3: job-needs",
    "workflow-security": ".github/workflows/one.yml:7: zizmor/unpinned-uses",
    "shell": "noxw:2: SC2086",
    "secrets": "key.txt:1: github-pat",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in {**MISTAKES, "scan.toml": 'image-fails-at = "high"\n'}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "--message=one"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.timeout(600)  # the first one builds and installs the scanners
def test_each_scanner_finds_the_mistake_of_its_kind(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--offline"], repository) == 1
    told = capsys.readouterr().out
    assert "dependencies: left out (--offline)" in told
    for scanner, place in EXPECTED.items():
        assert place in told, f"{scanner} did not find it:\n{told}"
    assert "local/crm.env: an env file in git" in told


def test_comments_that_scanners_heed_are_refused_since_they_have_no_last_day(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "noxw").write_text("#!/bin/sh\n# shellcheck disable=SC2086\necho $1\n")
    assert main(["shell"], repository) == 1
    assert "noxw:2: an exception without a last day" in capsys.readouterr().out


def test_a_scanner_that_cannot_look_has_not_passed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dependencies"], repository) == 1  # no lock to audit
    assert "dependencies: could not look: exit code" in capsys.readouterr().out
    (repository / "scan.toml").unlink()
    assert main(["shell"], repository) == 2


def test_each_version_of_a_library_inside_pycurl_is_asked_for_with_its_advisories() -> None:
    (finding,) = bundled("bundled", ["PycURL/7.49.0", "libcurl/8.23.0", "zlib/1.2.13"])
    assert (finding.id, finding.subject) == ("libcurl/8.23.0", "pycurl")
    assert "https://curl.se/docs/vuln-8.23.0.html" in finding.message
