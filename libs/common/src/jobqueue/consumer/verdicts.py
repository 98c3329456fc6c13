"""Verdicts on deliveries that did not end well: tried again, or dead-lettered with a reason.

`verdict` is the rule; `Verdicts` makes outcomes of it, dead letters included, for the executor and the settler alike. No state, any thread.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobqueue.chance import CHANCE
from jobqueue.consumer import job_events
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.retry import backoff_seconds
from jobqueue.consumer.settle_calls import Step
from jobqueue.consumer.suspects import SUSPECT_AFTER
from jobqueue.messages.dead_letter import Diagnosis, dead_letters
from jobqueue.messages.errors import RejectJob, Released, RetryJob, Unsupported
from jobqueue.messages.job import best_job_id
from jobqueue.messages.outcome import Cancelled, Done, Leave, Outcome, Reject, Release, Retry

if TYPE_CHECKING:
    from jobqueue.consumer.policy import ConsumerPolicy
    from jobqueue.consumer.ports import Failure, Sender
    from jobqueue.consumer.returns import Returns
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job

logger = job_events.logger

EXHAUSTED = "attempts_exhausted"
UNSUPPORTED = "unsupported"
UNSENDABLE = "unsendable"
RETENTION = "retention"
MIN_LEFT_SECONDS = 60
"""How long a message that is retried must still be in its queue, so that a worker can receive it: SQS's shortest retention."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt: a dead letter with this reason."""

    reason: str


def verdict(error: BaseException, attempts: int, policy: ConsumerPolicy) -> Retry | GiveUp:
    """The verdict on a delivery whose attempt number `attempts` ended with an error.

    An unknown type or newer version is retried for longer than a failing handler: until the rolling deployment ends. It is
    dead-lettered by us, with its reason, one receive before SQS would move it without one.
    """
    if isinstance(error, RejectJob):
        return GiveUp(error.reason)
    if isinstance(error, Unsupported):
        if attempts >= policy.max_receive_count - 1:
            return GiveUp(UNSUPPORTED)
        first = policy.unsupported_first_seconds
        half = min(policy.retry_max_seconds, first * 2.0 ** min(attempts - 1, 60)) / 2
        return Retry(max(1, math.ceil(half + CHANCE.uniform(0, half))))
    if attempts >= policy.max_attempts:
        return GiveUp(EXHAUSTED)
    return Retry(_seconds_of(error, attempts, policy))


def _seconds_of(error: BaseException, attempts: int, policy: ConsumerPolicy) -> int:
    if isinstance(error, RetryJob) and error.after_seconds is not None:
        return math.ceil(error.after_seconds)
    return backoff_seconds(attempts, policy.retry_first_seconds, policy.retry_max_seconds)


class Verdicts:
    """Outcomes for what went wrong. Never raises, never blocks."""

    def __init__(
        self,
        policy: ConsumerPolicy,
        dead_letter_sender: Sender,
        returns: Returns,
        *,
        service: str,
        version: str,
        retention_seconds: int | None = None,
    ) -> None:
        """`retention_seconds`: after which the queue forgets a message (its MessageRetentionPeriod); None: unknown."""
        self._policy = policy
        self._returns = returns
        self._retention = math.inf if retention_seconds is None else retention_seconds
        self._dead_letters = dead_letter_sender
        self._limited_log = RateLimitedLog(logger)
        self._service = service
        self._version = version

    def on(
        self,
        error: BaseException,
        delivery: Delivery,
        job: Job | None = None,
        trace_id: str = "",
        *,
        policy: ConsumerPolicy | None = None,
        stopping: bool = False,
        cancelled: str | None = None,
    ) -> Retry | Release | Reject | Cancelled:
        """The outcome of a delivery whose job ended with `error`; `job` is None where it could not be read. `policy`: its handler's, in place of
        the service's. `stopping`: the worker drains, so that a RetryJob counts as a release and costs no attempt. `cancelled`: why the job
        was cancelled while it ran: no other attempt follows, and no dead letter but one that the handler asks for."""
        if cancelled is not None and not isinstance(error, RejectJob):
            return Cancelled(cancelled)
        policy = policy or self._policy
        if isinstance(error, Released):
            return self._returns.obeyed(delivery, 0)
        if stopping and isinstance(error, RetryJob):
            return self._returns.obeyed(delivery, _seconds_of(error, delivery.attempt, policy))
        found = verdict(error, delivery.attempt, policy)
        if isinstance(found, Retry):
            forgotten = self._forgotten(delivery, found.after_seconds)
            retry = self._returns.failed(delivery, found.after_seconds, forgotten=forgotten)
            if retry.copy is not None or (delivery.lost + 1 < SUSPECT_AFTER and not forgotten):
                return retry
            # Hidden in place of a copy, its attempts are no longer known: count the receives.
            found = verdict(error, max(delivery.attempt, delivery.receive_count), policy)
            if isinstance(found, Retry):
                if not forgotten:
                    return found
                found = GiveUp(RETENTION)
        diagnosis = Diagnosis(
            reason=found.reason,
            error_type=type(error).__name__,
            error=job_events.text_of(error),
            service=self._service,
            version=self._version,
            job_id=best_job_id(delivery) if job is None else job.job_id,
            trace_id=trace_id,
        )
        for letter in dead_letters(delivery, diagnosis):
            if self._dead_letters.refusal(letter) is None:
                return Reject(found.reason, letter)
        return self._left_to_sqs(delivery, "too large for the dead-letter queue")

    def on_refusal(self, delivery: Delivery, outcome: Outcome | None, step: Step, failure: Failure) -> Outcome:
        """The outcome of a delivery whose next job, dead letter or copy a queue refuses for good, in place of `outcome`."""
        text = f"{failure.code}: {failure.message}"
        if step is Step.RETURN:
            return self._hidden(delivery, outcome, text)
        if step in (Step.SEND, Step.QUEUED):
            error = RejectJob(UNSENDABLE, text) if step is Step.SEND else RejectJob(failure.code, failure.message)
            instead: Outcome = self.on(error, delivery)
            if isinstance(outcome, Done) and outcome.end is not None and isinstance(instead, Reject):
                instead = replace(instead, end=replace(outcome.end, status="dead", reason=instead.reason))
            job_events.refused(outcome, instead, error)
            return instead
        return self._left_to_sqs(delivery, f"the dead-letter queue refuses it ({text})")

    def _hidden(self, delivery: Delivery, outcome: Outcome | None, refusal: str) -> Outcome:
        """In place of a copy: it costs a receive, and the attempts are no longer known."""
        self._limited_log.warning(
            "copy",
            f"a copy to the source queue was refused: {refusal}. The message is hidden instead, which counts as a receive",
        )
        if isinstance(outcome, Retry) and delivery.receive_count >= self._policy.max_attempts:
            return self.on(RejectJob(EXHAUSTED, f"and its copy was refused: {refusal}"), delivery)
        if isinstance(outcome, Retry | Release | Leave):
            return replace(outcome, copy=None)
        return self.on_defect()

    def _forgotten(self, delivery: Delivery, after_seconds: int) -> bool:
        """Whether SQS would silently delete it before it is visible again."""
        age = time.time() - delivery.sent_ms / 1000
        return age + after_seconds + MIN_LEFT_SECONDS >= self._retention

    def on_defect(self) -> Retry:
        """The outcome of a delivery that met a defect of ours, outside of its handler."""
        return Retry(math.ceil(self._policy.retry_first_seconds))

    def _left_to_sqs(self, delivery: Delivery, why: str) -> Retry:
        logger.error("%s: left to SQS's own redrive", why, extra=job_events.ids(delivery))
        return Retry(math.ceil(self._policy.retry_max_seconds))
