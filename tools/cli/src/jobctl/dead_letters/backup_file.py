"""The file of JSON lines with every letter that is taken out of a dead-letter queue.

A letter is on the disk (fsync) before it is sent or deleted, so the file may hold letters that are still in their queue, never the other way round.
Mode 0600: it holds the data of messages. One line:

    {"takenAt": "2026-01-01T00:00:00.000Z", "action": "redrive", "queue": "...-dlq", "source": "...", "messageId": "...", "jobId": "01K...",
     "correlationId": "...", "reason": "...", "receiveCount": 3, "sentTimestamp": 1767225600000, "body": "...",
     "attributes": {"jobId": {"kind": "String", "value": "01K..."}, "blob": {"kind": "Binary", "base64": "AAE="}},
     "traceHeader": null, "messageGroupId": null}
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from jobctl.queries.dead_letter import DeadLetter
    from jobqueue.messages.delivery import Attribute

Action = Literal["redrive", "drop"]


class BackupFile:
    """A context manager that owns the open file. An existing file is appended to, after ending a last line that was cut short."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Raises OSError: there is no such directory, or it cannot be written."""
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            self._write(b"\n")
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)  # the name of a new file is on the disk only when its folder is
        finally:
            os.close(folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def add(self, action: Action, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Writes a line for each and returns when they are on the disk. Raises OSError: they may not be."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        lines = (json.dumps({"takenAt": now, "action": action, "queue": queue, **as_json(one)}) for one in letters)
        self._write("".join(f"{line}\n" for line in lines).encode())
        os.fsync(self._descriptor)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


def as_json(letter: DeadLetter) -> dict[str, Any]:
    """A letter as JSON values, including the attributes that say why it is dead."""
    delivery = letter.delivery
    return {
        "source": delivery.queue,
        "messageId": letter.message_id,
        "jobId": letter.job_id,
        "correlationId": letter.correlation_id,
        "reason": letter.reason,
        "receiveCount": delivery.receive_count,
        "sentTimestamp": delivery.sent_ms,
        "body": delivery.body,
        "attributes": {name: _attribute(value) for name, value in delivery.attributes.items()},
        "traceHeader": delivery.trace_header,
        "messageGroupId": delivery.group_id,
    }


def _attribute(attribute: Attribute) -> dict[str, str]:
    if isinstance(attribute.value, bytes):
        return {"kind": attribute.kind, "base64": b64encode(attribute.value).decode()}
    return {"kind": attribute.kind, "value": attribute.value}
