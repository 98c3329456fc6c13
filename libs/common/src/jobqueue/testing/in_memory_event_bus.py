"""An event bus in memory, with planned failures. Any thread."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jobqueue.consumer.ports import Failure, QueueRefused
from jobqueue.messages.job_end import SOURCE, JobEnd
from jobqueue.messages.lines import line_of
from jobqueue.testing.faults import Faults
from jobqueue.testing.recording import Recording


class InMemoryEventBus:
    """Implements `EventBus`. `events` are those on the bus, as a rule's target gets them; `faults` plans failures of `put`; `missing`: there is no
    such bus, which only `check` tells, as in EventBridge."""

    def __init__(self, name: str = "test") -> None:
        self.name = name
        self.events: Recording[Mapping[str, Any]] = Recording()
        self.faults = Faults()
        self.missing = False

    def check(self) -> None:
        """See the port."""
        if self.missing:
            raise QueueRefused(f"{self.name}: no such bus", code="ResourceNotFoundException", unknown=False)

    def put(self, ends: Sequence[JobEnd]) -> Sequence[Failure]:
        """See the port."""
        planned = self.faults.next("put")
        for index, end in enumerate(ends):
            if index not in planned.entries and not self.missing:
                self.events.add(
                    {
                        "source": SOURCE,
                        "detail-type": end.detail_type,
                        "detail": json.loads(line_of(end.detail(self.name))),
                    }
                )
        planned.finish()
        return [planned.entries[index] for index in range(len(ends)) if index in planned.entries]
