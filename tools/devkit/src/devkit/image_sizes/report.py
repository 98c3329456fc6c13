"""Table, notes and faults of the measured images.

Faults are what this repository is responsible for: its own layers, and the file modes in the finished image. The public image's size is shown, and
a note says where the whole is above its target; it is no fault, since another public image may have been asked for (JOBS_PYTHON_IMAGE).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jobctl.views.console import Justify, plain_table
from jobdeploy.image_build.build import BASE

if TYPE_CHECKING:
    from rich.table import Table

    from devkit.image_sizes.measure import Measured

BASE_MAX_BYTES = 75_000_000
"""Of the whole base, compressed: what a task pulls before its first job."""
BASE_OWN_MAX_BYTES = 32_000_000
"""Of it our own layers, which leaves 43 MB for the public image."""
SERVICE_OWN_MAX_BYTES = 200_000
"""Of a service's own layers: what a deployment of one service pulls where the base is there already."""


def max_own_bytes(image: Measured) -> int:
    """The target for the image's own layers, in bytes."""
    return BASE_OWN_MAX_BYTES if image.name == BASE else SERVICE_OWN_MAX_BYTES


def table(images: Sequence[Measured]) -> Table:
    """A line for each image."""
    right: Justify = "right"
    found = plain_table(
        "image", ("below", right), ("own", right), ("target", right), ("whole", right), ("first receive", right), ("open to all", right)
    )  # fmt: skip
    for image in images:
        found.add_row(
            image.name,
            size(image.below_bytes),
            size(image.own_bytes),
            size(max_own_bytes(image)),
            size(image.below_bytes + image.own_bytes),
            "" if image.seconds is None else f"{image.seconds:.1f} s",
            str(len(image.open_to_all) or "none"),
        )
    return found


def notes(images: Sequence[Measured]) -> list[str]:
    """Remarks that are no faults."""
    return [
        f"The whole base is {size(image.below_bytes + image.own_bytes)}, above its target of {size(BASE_MAX_BYTES)}:"
        f" {size(image.below_bytes)} of it is the public image, {size(image.own_bytes)} our own layers."
        for image in images
        if image.name == BASE and image.below_bytes + image.own_bytes > BASE_MAX_BYTES
    ]


def faults(images: Sequence[Measured]) -> list[str]:
    """Faults, a sentence each; empty where there are none."""
    found = []
    for image in images:
        if image.own_bytes > max_own_bytes(image):
            found.append(
                f"{image.name}: its own layers have {size(image.own_bytes)}, the target is {size(max_own_bytes(image))}"
            )
        found += [f"{image.name}: setuid, setgid or writable by everybody: {line}" for line in image.open_to_all]
    return found


def size(count: int) -> str:
    """Decimal units, as registries show them."""
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{count / 1e3:.1f} KB"
