"""What all spans of one operation have alike. Made once for each; imports nothing of OpenTelemetry by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobqueue.telemetry import names


@dataclass(frozen=True, eq=False)
class SpanTemplate:
    """Compared by identity, so that its bytes are made once."""

    name: str
    kind: names.Kind
    attributes: Mapping[str, str | int]
