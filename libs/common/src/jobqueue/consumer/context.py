"""What does a handler know of its job? Layer 2; made by the executor, used in the handler's thread.

The flags are set by other threads; reading them is how a long handler learns that it should stop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from jobqueue.consumer.ports import QueueError
from jobqueue.messages.envelope import write_envelope
from jobqueue.messages.errors import RejectJob, RetryJob
from jobqueue.messages.job import Job, check_type
from jobqueue.messages.job_id import derive_job_id, job_id_ms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobqueue.consumer.ports import JobLog, Sender
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.json import JsonObject
    from jobqueue.messages.outgoing import OutgoingMessage

SEND_PAUSES_SECONDS = (0.0, 0.2, 1.0)
"""Before each of the three tries of `Context.send_job`."""


class Steps:
    """`context.log`: writes events of this job. Fields must be JSON; what is not is written as its `repr`. Any thread."""

    def __init__(self, log: JobLog) -> None:
        self._log = log

    def debug(self, message: str, /, **fields: object) -> None:
        """A detail."""
        self._log.write("DEBUG", message, fields)

    def info(self, message: str, /, **fields: object) -> None:
        """A step."""
        self._log.write("INFO", message, fields)

    def warning(self, message: str, /, **fields: object) -> None:
        """Something odd that the job can live with."""
        self._log.write("WARNING", message, fields)

    def error(self, message: str, /, **fields: object) -> None:
        """Something wrong; the job's own failure is written by the runtime."""
        self._log.write("ERROR", message, fields)

    def progress(self, done: float, total: float, message: str = "progress") -> None:
        """How far it is."""
        self._log.write("INFO", message, {"event": "job.progress", "done": done, "total": total})


class Context:
    """One attempt at one job.

    `job_id` is the idempotency key: it is the same for every delivery of the job. `attempt` is the receive count, 1 at first. `body` is the whole
    message. `deadline` is monotonic seconds: past it the job counts as hung. `log` writes the job's log.
    """

    def __init__(
        self,
        job: Job,
        delivery: Delivery,
        *,
        log: JobLog,
        sender: Sender | None,
        headers: Callable[[str, Job], Mapping[str, str]],
        deadline: float,
        stopping: Callable[[], bool],
    ) -> None:
        self.job_id = job.job_id
        self.correlation_id = job.correlation_id
        self.type = job.type
        self.version = job.version
        self.body = job.body
        self.attempt = delivery.receive_count
        self.deadline = deadline
        self.timed_out = False
        self.lease_lost = False
        self.log = Steps(log)
        self.completion: dict[str, object] = {}
        self._job = job
        self._sender = sender
        self._headers = headers
        self._stopping = stopping
        self._sent = 0

    @property
    def remaining_seconds(self) -> float:
        """Time until the deadline; negative past it."""
        return self.deadline - time.monotonic()

    @property
    def stopping(self) -> bool:
        """The worker drains: finish soon, or `raise RetryJob(after_seconds=0)` to let another worker take over."""
        return self._stopping()

    @property
    def should_stop(self) -> bool:
        """Going on is of no use, or soon will not be: past the deadline, the lease lost, or the worker drains."""
        return self.timed_out or self.lease_lost or self.stopping

    def complete(self, **fields: object) -> None:
        """Adds fields to the job's completion event."""
        self.completion.update(fields)

    def send_job(self, job_type: str, result: JsonObject | None = None) -> str:
        """Queues a further background job under the same trigger, at once, with `result` as its `mainJobResult`; gives its job id.

        The id is derived from this job's and the number of the call, so that a repeated attempt queues the same ids again.

        Raises:
            RejectJob: it can never be sent (`too_large`, `unsendable`).
            RetryJob: the queue did not confirm it in three tries.
            RuntimeError: this service was started without a queue to send to.
        """
        if self._sender is None:
            raise RuntimeError("this service was started without a queue to send further jobs to")
        self._sent += 1
        job_id = derive_job_id(self.job_id, str(self._sent), job_id_ms(self.job_id))
        job = replace(self._job, job_id=job_id)
        headers = self._headers(self._sender.name, job)
        message = write_envelope(job, check_type(job_type, "job_type"), result, headers)
        refusal = self._sender.refusal(message)
        if refusal is not None:
            raise RejectJob("too_large", refusal)
        _send(self._sender, message)
        return job_id


def _send(sender: Sender, message: OutgoingMessage) -> None:
    said = ""
    for pause in SEND_PAUSES_SECONDS:
        time.sleep(pause)
        try:
            failures = sender.send([message])
        except QueueError as error:
            said = str(error)
            continue
        if not failures:
            return
        said = f"{failures[0].code}: {failures[0].message}"
        if failures[0].gone:
            raise RejectJob("unsendable", said)
    raise RetryJob(f"{sender.name} did not take a further job: {said}")
