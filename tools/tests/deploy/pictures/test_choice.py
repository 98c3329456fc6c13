"""Which images does a person get who names some, all or none?"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jobtools.deploy.pictures.choice import choose_images
from jobtools.deploy.wrong import BadRequest

PACKAGE = '[project]\nname = "jobs-{0}"\nversion = "0.1.0"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "jobs"\n[tool.uv.workspace]\nmembers = ["libs/*", "services/*"]\n'
    )
    locked = "".join(
        f'[[package]]\nname = "jobs-{name}"\nversion = "0.1.0"\n' for name in ("common", "one-job", "other-job")
    )
    (tmp_path / "uv.lock").write_text(f"version = 1\n{locked}")
    for folder in ("libs/common", "services/one-job", "services/other-job"):
        (tmp_path / folder / "src").mkdir(parents=True)
        (tmp_path / folder / "pyproject.toml").write_text(PACKAGE.format(Path(folder).name))
        (tmp_path / folder / "src" / "code.py").write_text("")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True)


def test_named_images_are_those_that_were_named(workspace: Path) -> None:
    assert choose_images(workspace, ["one-job"], every=False) == ({"one-job"}, "as named")
    assert choose_images(workspace, [], every=True)[0] == {"base", "one-job", "other-job"}


def test_a_name_that_is_no_image_is_refused_with_those_that_are(workspace: Path) -> None:
    with pytest.raises(BadRequest, match="no image mian-job; there are base, one-job, other-job"):
        choose_images(workspace, ["mian-job"], every=False)


def test_without_names_it_is_what_the_change_touches(workspace: Path) -> None:
    git(workspace, "init", "--initial-branch=main")
    git(workspace, "add", ".")
    git(workspace, "commit", "--message=first")
    (workspace / "services" / "one-job" / "src" / "code.py").write_text("changed = True\n")

    chosen, why = choose_images(workspace, [], every=False, base="HEAD")

    assert chosen == {"one-job"}
    assert why


def test_where_there_is_no_git_the_person_names_them(workspace: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be told") as told:
        choose_images(workspace, [], every=False)
    assert "--all" in told.value.next_step
