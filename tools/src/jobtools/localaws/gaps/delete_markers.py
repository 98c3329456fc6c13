"""Gap: a bucket whose versioning was suspended cannot be emptied. Layer: tools.

Terraform's destroy does that: first the versioning goes, then the bucket with its objects. Moto then throws all of an object's versions away at once,
and asks a delete marker among them to close the file that it does not have: the answer is a 500.
"""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeDeleteMarker


def close() -> None:
    """Mends moto's delete marker."""
    FakeDeleteMarker.dispose = _dispose  # type: ignore[attr-defined]


def _dispose(marker: Any, garbage: bool = False) -> None:
    """Holds no file."""
