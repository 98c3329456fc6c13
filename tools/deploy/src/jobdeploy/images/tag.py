"""Tags of an image.

Tags in the registry cannot be moved, so a tag has to mean one content. An image is *found* by a tag that is a hash of what it was built from, and
*read* by one of its version and revision. A new revision that did not change an image gives the same image another name, and nothing is deployed.

    of a clean revision   content-1f2e3d4c5b6a    0.1.0-abc1234
    of changed files      trial-0.1.0-1f2e3d4c5b6a; ECR's lifecycle rule expires it after 14 days (infra/terraform/modules/image-repository)

No image has both kinds: the rule goes by any of an image's tags, and would take a release away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobdeploy.image_build.labels import UNKNOWN

TRIAL = "trial-"
"""trial_tag_prefix in infra/terraform/modules/image-repository."""
SHORT = 7
"""Characters of a revision, as `git log --oneline` shows at least."""
MODIFIED = "-modified"
"""How `jobdeploy.image_build.labels.Source` ends the revision of changed files."""
_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9_.-]")
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests; a version may have `+` and `!`."""


@dataclass(frozen=True)
class Tags:
    """The tags of one image. `content`: the tag that it is looked up by. `release`: the tag for people; None for a trial.

    `instead`: the tag of a release with the same content, which will do too.
    """

    content: str
    release: str | None = None
    instead: str | None = None


def tags_of(version: str, revision: str, content: str) -> Tags:
    """The tags of one image. `revision`: as `Source` has it; changed files, and files outside git, make a trial."""
    plain = _NOT_IN_TAGS.sub("-", version)
    if is_trial(revision):
        return Tags(f"{TRIAL}{plain}-{content}", instead=f"content-{content}")
    return Tags(f"content-{content}", release=f"{plain}-{revision[:SHORT]}")


def local_tag(version: str, revision: str) -> str:
    """The tag of an image that stays on this machine, where a tag may be moved."""
    plain = _NOT_IN_TAGS.sub("-", version)
    short = revision.removesuffix(MODIFIED)[:SHORT]
    return f"{TRIAL}{plain}-{short}" if is_trial(revision) else f"{plain}-{short}"


def is_trial(revision: str) -> bool:
    """Whether the image cannot be built again from git alone."""
    return revision == UNKNOWN or revision.endswith(MODIFIED)
