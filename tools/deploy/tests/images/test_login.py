"""The copy of the Docker configuration that a push logs in with; the user's own stays as it was."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from jobdeploy.images.login import copy_config

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def test_everything_is_the_persons_but_what_is_logged_in_here(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    (theirs / "cli-plugins").mkdir(parents=True)
    ours.mkdir()
    written = {"credsStore": "desktop", "credHelpers": {"other.example.org": "other"}, "currentContext": "colima"}
    (theirs / "config.json").write_text(json.dumps(written))

    copy_config(theirs, ours, REGISTRY)

    copied = json.loads((ours / "config.json").read_text())
    assert copied == {**written, "credHelpers": {"other.example.org": "other", REGISTRY: ""}}
    assert stat.S_IMODE((ours / "config.json").stat().st_mode) == 0o600
    assert (ours / "cli-plugins").resolve() == (theirs / "cli-plugins").resolve()
    assert json.loads((theirs / "config.json").read_text()) == written


def test_a_machine_without_a_config_gets_one_for_the_push(tmp_path: Path) -> None:
    copy_config(tmp_path / "none", tmp_path, REGISTRY)

    assert json.loads((tmp_path / "config.json").read_text()) == {"credHelpers": {REGISTRY: ""}}
