"""Check that Terraform is installed and new enough."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping

NEEDED = (1, 11)
"""As `required_version` in every `versions.tf`."""
INSTALL = (
    f"Install Terraform {'.'.join(map(str, NEEDED))} or newer: https://developer.hashicorp.com/terraform/install"
    " (macOS: brew install hashicorp/tap/terraform; or tfenv, mise, asdf)"
)


class NoTerraform(Exception):  # noqa: N818 (says what is wrong)
    """There is no Terraform, or an old one. The text says which to install."""


def check_version(environ: Mapping[str, str]) -> str:
    """The version that is installed.

    Raises:
        NoTerraform: none is, or one that is too old.
    """
    program = shutil.which("terraform", path=environ.get("PATH"))
    if program is None:
        raise NoTerraform(f"Terraform is not installed. {INSTALL}")
    answer = subprocess.run(
        [program, "version", "-json"],
        capture_output=True,
        text=True,
        check=False,
        env={**environ, "CHECKPOINT_DISABLE": "1"},
    )
    try:
        version = str(json.loads(answer.stdout)["terraform_version"])
        number = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    except (ValueError, KeyError, TypeError) as error:
        raise NoTerraform(f"{program} does not say its version: {answer.stderr or answer.stdout} {INSTALL}") from error
    if number < NEEDED:
        raise NoTerraform(f"{program} is Terraform {version}. {INSTALL}")
    return version
