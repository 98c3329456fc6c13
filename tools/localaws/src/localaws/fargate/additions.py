"""What a local task may have that its definition does not contain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HOST_NAME = "host.docker.internal"
"""The machine that runs the tools, as a container calls it; Docker Desktop's name, and ours on a native engine."""


@dataclass(frozen=True)
class Additions:
    """Everything that Fargate would bring, or that only a machine without AWS needs."""

    images: Mapping[str, str]
    """Registered image -> the image that stands for it here."""

    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Container -> variables: endpoints, credentials, the metadata and agent URIs. None may change what the definition says."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`valueFrom` -> value. Handed to Compose in its environment: never in a file, never in an argument."""

    hosts: Mapping[str, str] = field(default_factory=lambda: {HOST_NAME: "host-gateway"})
    """Names that the task knows beyond its DNS."""
