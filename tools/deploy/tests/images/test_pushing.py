"""Tags, logins and platform of pushed images."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobctl.checkout import REPOSITORY
from jobctl.errors import UsageError
from jobdeploy.images.pushing import TRIAL, Pushed, Tags, platform_of
from jobdeploy.images.registry import write_config
from jobdeploy.images.step import stack_variables
from jobdeploy.target import DeployTarget

CLEAN = "abc1234def567890abc1234def567890abc12345"


def test_a_clean_revision_has_a_tag_for_people_and_one_of_its_content() -> None:
    assert Tags.of("0.1.0+local", CLEAN, "1f2e3d") == Tags(("content-1f2e3d",), "0.1.0-local-abc1234")


@pytest.mark.parametrize("revision", [f"{CLEAN}-modified", "unknown"])
def test_what_nobody_could_build_again_is_a_trial_that_the_lifecycle_rule_expires(revision: str) -> None:
    assert Tags.of("0.1.0", revision, "1f2e3d") == Tags(("content-1f2e3d", "trial-0.1.0-1f2e3d"))
    variables = (REPOSITORY / "infra/terraform/modules/image-repository/variables.tf").read_text()
    assert f'default     = "{TRIAL}"' in variables


def test_a_login_is_in_a_folder_of_its_own_beside_what_the_person_has(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    (theirs / "cli-plugins").mkdir(parents=True)
    ours.mkdir()
    (theirs / "config.json").write_text('{"auths": {"other": {}}, "credsStore": "keychain"}')
    write_config(theirs, ours, "ecr.example", "dG9rZW4=")
    assert json.loads((ours / "config.json").read_text()) == {
        "auths": {"other": {}, "ecr.example": {"auth": "dG9rZW4="}},
        "credsStore": "keychain",
        "credHelpers": {"ecr.example": ""},
    }
    assert (ours / "config.json").stat().st_mode & 0o777 == 0o600
    assert (ours / "cli-plugins").is_symlink()
    assert "ecr.example" not in (theirs / "config.json").read_text()


def test_images_are_built_for_what_the_environment_says_else_for_the_stack_s_default(tmp_path: Path) -> None:
    target = DeployTarget("project", "trial", "us-east-1", "123456789012", terraform=tmp_path)
    values = tmp_path / "environments" / "trial" / "terraform.tfvars"
    values.parent.mkdir(parents=True)
    target.stack.mkdir()
    written = (REPOSITORY / "infra/terraform/stack/variables_services.tf").read_text()
    (target.stack / "variables_services.tf").write_text(written)

    assert platform_of(target) == "linux/arm64"
    values.write_text('x = 1\ncpu_architecture = "X86_64"\n')
    assert platform_of(target) == "linux/amd64"
    assert platform_of(replace(target, endpoint_url="http://127.0.0.1:1")) == "", "this machine's own"
    values.write_text('cpu_architecture = "i386"\n')
    with pytest.raises(UsageError, match="i386"):
        platform_of(target)


def test_the_stack_is_given_digests_by_variable_and_the_base_is_no_image_of_its_own() -> None:
    target = DeployTarget("project", "trial", "us-east-1", "123456789012")
    pushed = [
        Pushed(name, f"sha256:{name}", "tag", new=True) for name in ("base", "main-job", "third-job", "collector")
    ]
    at = f"{target.ecr}/project"
    assert stack_variables(target, pushed) == {
        "main_job_image": f"{at}/main-job@sha256:main-job",
        "collector_image": f"{at}/collector@sha256:collector",
        "service_images": {"third-job": f"{at}/third-job@sha256:third-job"},
    }
