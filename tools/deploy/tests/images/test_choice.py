"""The images that a step is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobctl.errors import UsageError
from jobdeploy.images.choice import choose_images

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


def test_images_are_those_that_were_named_or_all(workspace: Path) -> None:
    assert choose_images(workspace, ["one-job"]) == {"one-job"}
    assert choose_images(workspace, []) == {"base", "one-job", "other-job"}


def test_a_name_that_is_no_image_is_refused_with_those_that_are(workspace: Path) -> None:
    with pytest.raises(UsageError, match="no image mian-job; there are base, one-job, other-job"):
        choose_images(workspace, ["mian-job"])
