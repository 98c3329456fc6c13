"""`deploy.toml`: what it may say, and how it is told what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from jobctl.errors import UsageError
from jobdeploy.settings import read_settings

GOOD = 'project = "jobs"\nregion = "eu-central-1"\n[accounts]\ndev = ["123456789012"]\nprod = []\n'


def write(folder: Path, text: str) -> Path:
    (folder / "deploy.toml").write_text(text)
    return folder


def test_project_region_and_accounts_are_read(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, GOOD))
    assert (settings.project, settings.region) == ("jobs", "eu-central-1")
    assert settings.accounts == {"dev": ("123456789012",), "prod": ()}


def test_the_repositorys_own_file_is_good() -> None:
    assert read_settings(REPOSITORY).accounts.keys() == {"dev", "prod"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('project = "Jobs"\nregion = "eu-central-1"', "project must be 2 to 28 lower-case letters"),
        ('project = "jobs"\nregion = "Frankfurt"', "region must be a Region's code"),
        (GOOD.replace('"123456789012"', "123456789012"), "accounts.dev must be accounts of twelve digits, in quotes"),
        (GOOD.replace('["123456789012"]', '"123456789012"'), "accounts.dev must be a list of accounts in quotes"),
        (GOOD.replace("region", "regoin"), "has unknown keys: regoin"),
        ("project", "is not TOML"),
    ],
)
def test_what_is_wrong_is_told_by_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_settings(write(tmp_path, text))


def test_a_missing_file_is_told_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not there\.\nNext: write project, region and \[accounts\]"):
        read_settings(tmp_path)
