"""A small workspace in a real git repository: a library, two services, tools, and a lock that is written by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

NEEDS: Mapping[str, tuple[str, list[str]]] = {
    "common": ("libs/common", []),
    "main-job": ("services/main-job", ["common"]),
    "background-job": ("services/background-job", ["common"]),
    "tools": ("tools", ["common", "main-job", "background-job"]),
}
PINNED = {"common": ["boto3"], "main-job": ["rich"], "background-job": [], "tools": []}
ROOT = """[project]
name = "root"
version = "0.0.0"

[tool.uv.workspace]
members = ["libs/*", "services/*", "tools"]

[tool.ruff]
line-length = {width}

[dependency-groups]
test = ["pytest"]
"""


def edges(names: Iterable[str]) -> str:
    """Dependencies as the lock writes them."""
    return "dependencies = [" + ", ".join(f'{{ name = "{name}" }}' for name in names) + "]"


def lock() -> str:
    """A lock in uv's form: `common` needs boto3 (which needs urllib3), `main-job` needs rich, the tests need pytest."""
    third = {
        "boto3": ("1.40.0", ["urllib3"]),
        "urllib3": ("2.0.0", []),
        "rich": ("14.0.0", []),
        "pytest": ("9.0.0", []),
    }
    parts = ["version = 1\nrevision = 3\n"]
    for name, (version, needs) in third.items():
        wheel = f'{{ url = "https://x/{name}.whl", hash = "sha256:{name}{version}", size = 1 }}'
        parts.append(
            f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "https://pypi.org/simple" }}\n'
            f"{edges(needs)}\nwheels = [{wheel}]\n"
        )
    for short, (folder, members) in NEEDS.items():
        wanted = [*(f"mdm-{member}" for member in members), *PINNED[short]]
        parts.append(
            f'[[package]]\nname = "mdm-{short}"\nversion = "0.1.0"\nsource = {{ editable = "{folder}" }}\n'
            f"{edges(wanted)}\n"
        )
    parts.append(
        '[[package]]\nname = "root"\nversion = "0.0.0"\nsource = { virtual = "." }\n\n'
        '[package.dev-dependencies]\ntest = [{ name = "pytest" }]\n'
    )
    return "\n".join(parts)


class Repository:
    """A git repository to change."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def git(self, *arguments: str) -> str:
        """A command's output."""
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def write(self, path: str, text: str = "changed\n") -> None:
        """A file, with its folders."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, *paths: str) -> str:
        """Changes these files and commits everything; the commit's id."""
        for path in paths:
            self.write(path, f"{self.git('rev-list', '--all', '--count')}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=Change")
        return self.git("rev-parse", "HEAD")


def write_workspace(repository: Repository) -> None:
    """The workspace's own files."""
    repository.write("pyproject.toml", ROOT.format(width=120))
    repository.write("uv.lock", lock())
    for short, (folder, members) in NEEDS.items():
        wanted = [*(f"mdm-{member}" for member in members), *(f"{name}>=1" for name in PINNED[short])]
        repository.write(
            f"{folder}/pyproject.toml",
            f'[project]\nname = "mdm_{short}"\nversion = "0.1.0"\ndependencies = {wanted}\n',
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit on main."""
    made = Repository(tmp_path / "repository")
    made.root.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    write_workspace(made)
    made.commit("services/main-job/src/main_job/old.py", "libs/common/src/jobqueue/old.py")
    return made
