"""The script that installs packages during an image build, as far as it can be tested without a build."""

from __future__ import annotations

import importlib.util
import json
from importlib.metadata import Distribution
from pathlib import Path
from types import ModuleType

import pytest

from jobctl.checkout import REPOSITORY


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", REPOSITORY / "docker" / "scripts" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def distribution(folder: Path, entry_points: str) -> Distribution:
    info = folder / "x-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: x\nVersion: 1\n")
    (info / "entry_points.txt").write_text(entry_points)
    return Distribution.at(info)


def test_only_the_newest_version_of_an_api_and_no_examples_stay(install: ModuleType, tmp_path: Path) -> None:
    service = tmp_path / "botocore" / "data" / "sqs"
    for version in ("2011-10-01", "2012-11-05"):
        (service / version).mkdir(parents=True)
        for name in ("service-2.json.gz", "paginators-1.json", "examples-1.json"):
            (service / version / name).touch()

    install.trim(tmp_path)

    assert sorted(path.relative_to(service).as_posix() for path in service.rglob("*.*")) == [
        "2012-11-05/paginators-1.json",
        "2012-11-05/service-2.json.gz",
    ]


def test_the_link_leads_to_the_one_console_script(install: ModuleType, tmp_path: Path) -> None:
    install.link_service(tmp_path, distribution(tmp_path, "[console_scripts]\nmain-job = a:b\n[other]\nc = d:e\n"))

    assert (tmp_path / "service").readlink() == Path("main-job")


def test_the_library_has_no_link(install: ModuleType, tmp_path: Path) -> None:
    install.link_service(tmp_path, distribution(tmp_path, ""))

    assert not (tmp_path / "service").is_symlink()


def test_two_console_scripts_are_refused_by_name(install: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="x has the console scripts a, b"):
        install.link_service(tmp_path, distribution(tmp_path, "[console_scripts]\na = x:a\nb = x:b\n"))


def test_an_image_names_the_libraries_inside_the_wheel_of_pycurl(install: ModuleType, tmp_path: Path) -> None:
    install.name_bundled(tmp_path, "PycURL/7.49.0 libcurl/8.23.0 OpenSSL/3.6.5 libssh2/1.11.1_DEV\n")
    components = json.loads((tmp_path / "sboms" / "bundled.cdx.json").read_text())["components"]
    assert [(one["name"], one["version"]) for one in components] == [
        ("libcurl", "8.23.0"),
        ("openssl", "3.6.5"),
        ("libssh2", "1.11.1_DEV"),
    ]
    assert components[1]["cpe"] == "cpe:2.3:a:openssl:openssl:3.6.5:*:*:*:*:*:*:*"
