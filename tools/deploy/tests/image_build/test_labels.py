"""Labels of an image: title, version, revision and source."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jobdeploy.image_build.labels import UNKNOWN, Source, label_arguments, web_address


@pytest.mark.parametrize(
    "remote",
    [
        "git@github.com:owner/name.git",
        "https://github.com/owner/name.git",
        "https://github.com/owner/name/",
        "https://user:token@github.com/owner/name.git",
        "ssh://git@github.com:22/owner/name.git",
    ],
)
def test_a_remote_becomes_an_address_for_a_browser_without_credentials(remote: str) -> None:
    assert web_address(remote) == "https://github.com/owner/name"


def test_the_port_of_a_web_server_stays() -> None:
    assert web_address("https://git.example.org:8443/a/b.git") == "https://git.example.org:8443/a/b"


@pytest.mark.parametrize("remote", ["/srv/git/name.git", "../name", "file:///srv/git/name.git"])
def test_a_folder_of_this_machine_is_nobody_elses_business(remote: str) -> None:
    assert web_address(remote) == UNKNOWN


def test_outside_a_checkout_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert Source.read(tmp_path) == Source(UNKNOWN, UNKNOWN)


def test_the_revision_says_when_files_differ_from_it(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(tmp_path), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message=first")
    git("remote", "add", "origin", "git@example.org:a/b.git")
    revision = git("rev-parse", "HEAD")

    assert Source.read(tmp_path) == Source(revision, "https://example.org/a/b")
    (tmp_path / "new").touch()
    assert Source.read(tmp_path).revision == f"{revision}-modified"


def test_all_four_are_handed_to_the_dockerfile() -> None:
    handed = label_arguments("p/main-job", "1.2.3", Source("abc", "https://example.org/a/b"))

    assert handed[1::2] == ["TITLE=p/main-job", "VERSION=1.2.3", "REVISION=abc", "SOURCE=https://example.org/a/b"]
    assert set(handed[::2]) == {"--build-arg"}
