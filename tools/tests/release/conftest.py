"""A small uv workspace in a real git repository; its lock is written by uv, which needs no network for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from jobtools.release.__main__ import main
from jobtools.release.writing import find_uv

NEEDS = {
    "common": ("libs/common", []),
    "main-job": ("services/main-job", ["common"]),
    "background-job": ("services/background-job", ["common"]),
    "tools": ("tools", ["main-job", "background-job"]),
}


class Repository:
    """A git repository to change and to release from."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> str:
        """A command's output."""
        done = subprocess.run(["git", *arguments], cwd=self.root, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, text: str = "changed\n") -> None:
        """A file, with its folders."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, subject: str, *paths: str) -> None:
        """Changes these files and commits everything."""
        for path in paths:
            self.write(path, f"{subject}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={subject}")

    def release(self, *arguments: str) -> int:
        """The tool's exit code."""
        return main([*arguments], self.root)

    def version(self, short: str) -> str:
        """What the package's pyproject.toml says."""
        text = (self.root / NEEDS[short][0] / "pyproject.toml").read_text()
        return str(tomllib.loads(text)["project"]["version"])

    def changelog(self, short: str) -> str:
        """The whole page."""
        return (self.root / NEEDS[short][0] / "CHANGELOG.md").read_text()

    def everything(self) -> tuple[str, ...]:
        """All that a release may change: refs, work trees, files that differ, what HEAD is."""
        questions = (
            ("for-each-ref",),
            ("worktree", "list"),
            ("status", "--porcelain"),
            ("rev-parse", "HEAD"),
            ("branch", "--show-current"),
        )
        return tuple(self.git(*question) for question in questions)

    def tags(self) -> list[str]:
        """All tags."""
        return self.git("tag", "--list").split()

    def lock_is_uvs_own(self) -> bool:
        """Whether uv would write uv.lock just so."""
        before = (self.root / "uv.lock").read_bytes()
        (self.root / "uv.lock").unlink()
        _lock(self.root)
        after = (self.root / "uv.lock").read_bytes()
        (self.root / "uv.lock").write_bytes(before)
        return before == after


def _lock(root: Path) -> None:
    subprocess.run([find_uv(os.environ), "lock", "--quiet", "--offline"], cwd=root, check=True, capture_output=True)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace with its first commit, made once."""
    made = Repository(tmp_path_factory.mktemp("template"))
    made.git("init", "--quiet", "--initial-branch=main")
    for name, value in {
        "user.name": "Test",
        "user.email": "test@example.org",
        "commit.gpgsign": "false",
        "tag.gpgsign": "false",
    }.items():
        made.git("config", name, value)
    made.write(
        "pyproject.toml",
        '[project]\nname = "root"\nversion = "0.0.0"\nrequires-python = ">=3.11"\n\n[tool.uv]\npackage = false\n\n'
        '[tool.uv.workspace]\nmembers = ["libs/*", "services/*", "tools"]\n',
    )
    for short, (folder, members) in NEEDS.items():
        wanted = [f"mdm-{member}" for member in members]
        sources = "".join(f"{name} = {{ workspace = true }}\n" for name in wanted)
        made.write(
            f"{folder}/pyproject.toml",
            f'[project]\nname = "mdm-{short}"\nversion = "0.1.0" # the only place\nrequires-python = ">=3.11"\n'
            f'dependencies = {wanted}\n\n[tool.uv.sources]\n{sources}\n[build-system]\nrequires = ["hatchling"]\n',
        )
        if short != "tools":
            made.write(f"{folder}/CHANGELOG.md", "# Changelog\n\nWords.\n\n## 0.1.0\n\nFirst version.\n")
    _lock(made.root)
    made.commit("Begin")
    return made.root


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Repository:
    """A copy of the template, with one change of each package."""
    copied = Repository(Path(shutil.copytree(template, tmp_path / "repository")))
    copied.commit("Jobs can be `_named_`", "services/background-job/src/background_job/x.py")
    copied.commit("A lease is renewed *once*", "libs/common/src/jobqueue/x.py")
    return copied
