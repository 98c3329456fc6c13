"""Running handlers: made by a worker, read by the consumer's main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobqueue.consumer.context import Context
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job


class JobTimeout(Exception):  # noqa: N818
    """An async handler was cancelled at its deadline."""


class JobCancelled(Exception):  # noqa: N818
    """An async handler was cancelled because somebody cancelled its job."""


@dataclass(slots=True, eq=False)
class Run:
    """One handler that runs. `started` is monotonic seconds. `start_logged`: stdout says that it runs. `stuck`: it is past its timeout.

    `cancel` ends an async handler; it was called at `cancelled_at`.
    """

    delivery: Delivery
    job: Job
    context: Context
    started: float
    timeout: float
    thread_id: int = field(default_factory=threading.get_ident)
    start_logged: bool = False
    stuck: bool = False
    cancelled_at: float | None = None
    cancel: Callable[[], object] | None = None

    def age(self, now: float) -> float:
        """Seconds since it started."""
        return now - self.started
