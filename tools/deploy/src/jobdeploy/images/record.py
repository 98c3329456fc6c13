"""Record of the pushed images: images.json for programs, written whole or not at all, and the stack's variables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = "images.json"
NAMED = ("main-job", "background-job", "collector")
"""What has a variable of its own in infra/terraform/stack/variables_services.tf; every other service is in `service_images`."""


@dataclass(frozen=True)
class Pushed:
    """One image in the registry. `reference` is by digest; `tag` for people; `platforms`: docker's names to digests, of an index only."""

    name: str
    reference: str
    digest: str
    tag: str
    version: str
    revision: str
    """The one that it was pushed from; an image that was there already may be of an earlier one, which its labels name."""
    pushed_at: str
    """When we pushed or found it, UTC, ISO 8601."""
    platforms: Mapping[str, str]
    new: bool
    """Whether this call pushed it; False: it was there."""


def write_record(file: Path, pushed: Iterable[Pushed]) -> None:
    """Write all images by name; replaces the images of an earlier call."""
    file.parent.mkdir(parents=True, exist_ok=True)
    values = {one.name: {key: value for key, value in asdict(one).items() if key != "name"} for one in pushed}
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
    fresh.replace(file)  # a reader sees the old one or the new one


def read_record(file: Path) -> dict[str, Pushed]:
    """Read the file of `write_record`; empty where nothing was pushed from this checkout yet."""
    if not file.is_file():
        return {}
    return {name: Pushed(name=name, **values) for name, values in json.loads(file.read_text()).items()}


def stack_variables(pushed: Iterable[Pushed]) -> dict[str, Any]:
    """The image variables of infra/terraform/stack; the base is deployed only as a part of the services."""
    values: dict[str, Any] = {}
    others: dict[str, str] = {}
    for one in pushed:
        if one.name in NAMED:
            values[f"{one.name.replace('-', '_')}_image"] = one.reference
        elif one.name != "base":
            others[one.name] = one.reference
    return {**values, "service_images": others} if others else values
