"""Delete markers, over which moto fails when all versions of an object are deleted.

This happens in Terraform's destroy, which first suspends a bucket's versioning and then deletes the bucket with its objects. Moto then deletes all
versions of an object at once, and asks a delete marker among them to close a file that it does not have: the answer is a 500.
"""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeDeleteMarker


def close() -> None:
    """Corrects moto's delete marker."""
    FakeDeleteMarker.dispose = _dispose  # type: ignore[attr-defined]


def _dispose(marker: Any, garbage: bool = False) -> None:
    """Does nothing: a delete marker has no file."""
