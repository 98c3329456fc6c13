"""Copy of the Terraform roots whose provider takes a local AWS."""

from __future__ import annotations

from pathlib import Path

from devkit.infra_check.tree import copy_tree

_FILE = "local_aws_override.tf"
_PROVIDER = """\
provider "aws" {
  max_retries                 = 3 # a local answer does not get better
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
"""


def local_copy(repository: Path, folder: Path) -> Path:
    """A copy of the roots in `folder`, the states still in their bucket; gives its `Target.terraform`."""
    tree = copy_tree(repository, folder)
    for root in tree.roots():
        (root / _FILE).write_text(_PROVIDER)
    return tree.folder
