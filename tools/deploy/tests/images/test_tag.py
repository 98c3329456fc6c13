"""Image tags: one content each, and for releases none with the prefix of trials, which the lifecycle rule expires."""

from __future__ import annotations

import re

import pytest

from jobctl.checkout import REPOSITORY
from jobdeploy.images.tag import TRIAL, local_tag, tags_of

CLEAN = "abc1234def5678"


def test_a_clean_revision_is_named_by_version_and_short_revision_and_found_by_its_content() -> None:
    tags = tags_of("0.1.0", CLEAN, "1f2e3d")

    assert (tags.release, tags.content, tags.instead) == ("0.1.0-abc1234", "content-1f2e3d", None)


@pytest.mark.parametrize("revision", [f"{CLEAN}-modified", "unknown"])
def test_what_nobody_could_build_again_is_a_trial_with_one_tag(revision: str) -> None:
    tags = tags_of("0.1.0", revision, "1f2e3d")

    assert (tags.release, tags.content) == (None, "trial-0.1.0-1f2e3d")
    assert tags.instead == "content-1f2e3d", "a release of the same content will do"


def test_no_release_begins_as_the_lifecycle_rule_wants_it() -> None:
    variables = (REPOSITORY / "infra/terraform/modules/image-repository/variables.tf").read_text()
    tags = tags_of("0.1.0", CLEAN, "1f2e3d")

    assert f'default     = "{TRIAL}"' in variables
    assert tags.release is not None
    assert not tags.release.startswith(TRIAL)
    assert not tags.content.startswith(TRIAL)


def test_a_version_that_is_no_tag_becomes_one() -> None:
    tags = tags_of("1!2.0.dev1+local.7", CLEAN, "1f2e3d")

    assert tags.release == "1-2.0.dev1-local.7-abc1234"
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", tags.release)


def test_an_image_of_this_machine_says_that_it_is_a_trial() -> None:
    assert local_tag("0.1.0", CLEAN) == "0.1.0-abc1234"
    assert local_tag("0.1.0", f"{CLEAN}-modified") == "trial-0.1.0-abc1234"
