"""The packages of the workspace that become images: the library, and every package in `services/`."""

from __future__ import annotations

from pathlib import Path

from jobctl.checkout import REPOSITORY
from jobdeploy.image_build.workspace import Package, Workspace


def test_the_folders_of_services_are_found_and_not_listed(tmp_path: Path) -> None:
    for folder, name in (("libs/common", "x-library"), ("services/a-job", "x-a"), ("services/third-job", "x-third")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "1.2"\n')
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "0"\n')
    (tmp_path / "services" / "notes").mkdir()

    workspace = Workspace.read(tmp_path)

    assert workspace.project == "x"
    assert workspace.library == Package("base", "x-library", "1.2")
    assert workspace.services == (Package("a-job", "x-a", "1.2"), Package("third-job", "x-third", "1.2"))


def test_this_repository_has_both_services() -> None:
    assert {"main-job", "background-job"} <= {service.name for service in Workspace.read(REPOSITORY).services}
