"""Settings of the consumer: frozen, read once at start; combinations that cannot work are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobqueue.messages.limits import MAX_POLL_SECONDS, MAX_RECEIVES, MAX_VISIBILITY_SECONDS
from jobqueue.settings import SettingError, check_ranges, setting

NET_ABOVE_ATTEMPTS = 5
"""How far SQS's maxReceiveCount must lie above MAX_ATTEMPTS, so that releases and lost leases never push a healthy message over."""

POLICY_FIELDS = {
    "timeout_seconds": "job_timeout_seconds",
    "max_attempts": "max_attempts",
    "retry_first_seconds": "retry_first_seconds",
    "retry_max_seconds": "retry_max_seconds",
    "max_concurrency": "max_concurrency",
}
"""What a handler may have of its own: the option's name and the policy's."""

MAX_SETTLE_CALL_SECONDS = 5.0
"""Far above what SQS takes; ours."""


@dataclass(frozen=True)
class ConsumerPolicy:
    """How messages are taken, tried and settled."""

    max_concurrency: int = setting("slots: jobs that run at once", 10, unit="jobs", minimum=1, maximum=500)
    max_unsettled: int = setting(
        "deliveries held at once, running or waiting to be settled; past it receiving waits",
        200,
        unit="messages",
        minimum=1,
        maximum=20_000,
    )
    max_polls: int = setting(
        "receives in flight at once under load; one when the queue is quiet", 8, unit="calls", minimum=1, maximum=16
    )
    poll_wait_seconds: int = setting(
        "how long a poll waits for messages; SQS allows at most 20", 20, unit="s", minimum=0, maximum=MAX_POLL_SECONDS
    )
    lease_seconds: int = setting(
        "how long a message stays hidden between renewals", 60, unit="s", minimum=2, maximum=MAX_VISIBILITY_SECONDS
    )
    max_attempts: int = setting(
        "handler runs before a failing job is dead-lettered", 5, unit="attempts", minimum=1, maximum=995
    )
    max_receive_count: int = setting(
        "the queue's maxReceiveCount, above which SQS itself dead-letters; checked at start",
        10,
        unit="receives",
        minimum=1,
        maximum=MAX_RECEIVES,
    )
    retry_first_seconds: float = setting(
        "upper bound of the first retry's random delay; doubles",
        2.0,
        unit="s",
        minimum=0.1,
        maximum=MAX_VISIBILITY_SECONDS,
    )
    retry_max_seconds: float = setting(
        "upper bound of any retry's delay", 900.0, unit="s", minimum=1, maximum=MAX_VISIBILITY_SECONDS
    )
    unsupported_first_seconds: float = setting(
        "first delay of a job whose type or version this worker does not know; doubles",
        30.0,
        unit="s",
        minimum=0.1,
        maximum=MAX_VISIBILITY_SECONDS,
    )
    job_timeout_seconds: float = setting(
        "a handler running longer counts as hung", 300.0, unit="s", minimum=0.1, maximum=MAX_VISIBILITY_SECONDS
    )
    receive_linger_seconds: float = setting(
        "how long a receive waits for ten free slots once one is free", 0.05, unit="s", minimum=0, maximum=1
    )
    send_linger_seconds: float = setting(
        "how long a batch of sends waits to fill up to ten", 0.02, unit="s", minimum=0, maximum=1
    )
    settle_linger_seconds: float = setting(
        "how long a batch of deletes waits to fill up to ten", 0.2, unit="s", minimum=0, maximum=1
    )
    settle_calls: int = setting("settling calls of one kind in flight at once", 16, unit="calls", minimum=1, maximum=64)
    protection_after_seconds: float = setting(
        "age at which a job that may outlive the grace period asks for scale-in protection",
        10.0,
        unit="s",
        minimum=0,
        maximum=3600,
    )
    protection_max_seconds: float = setting(
        "a task protected for this long finishes what it holds and pauses, so that deployments get through",
        1800.0,
        unit="s",
        minimum=10,
    )

    def __post_init__(self) -> None:
        """Raises SettingError with every impossible combination."""
        check_ranges(self)
        faults = []
        if self.max_receive_count < self.max_attempts + NET_ABOVE_ATTEMPTS:
            faults.append(
                f"MAX_RECEIVE_COUNT={self.max_receive_count} must be at least MAX_ATTEMPTS + {NET_ABOVE_ATTEMPTS} "
                f"= {self.max_attempts + NET_ABOVE_ATTEMPTS}: SQS would move healthy messages to the dead-letter queue"
            )
        if self.settle_linger_seconds * 5 > self.lease_seconds:
            faults.append(
                f"SETTLE_LINGER_SECONDS={self.settle_linger_seconds} must be at most a fifth of LEASE_SECONDS={self.lease_seconds}"
            )
        if self.max_unsettled < self.max_concurrency:
            faults.append(f"MAX_UNSETTLED={self.max_unsettled} must be at least MAX_CONCURRENCY={self.max_concurrency}")
        if self.retry_first_seconds > self.retry_max_seconds:
            faults.append(
                f"RETRY_FIRST_SECONDS={self.retry_first_seconds} must not exceed RETRY_MAX_SECONDS={self.retry_max_seconds}"
            )
        if faults:
            raise SettingError("\n".join(faults))

    def with_own(self, name: str, own: Mapping[str, float]) -> ConsumerPolicy:
        """The policy of one handler. Raises SettingError that names the handler and its options."""
        try:
            return replace(self, **own) if own else self  # type: ignore[arg-type]
        except SettingError as error:
            text = str(error)
            for option, field in POLICY_FIELDS.items():
                if field in own:
                    text = text.replace(field.upper(), option)
            raise SettingError("\n".join(f"HandlerOptions of {name!r}: {line}" for line in text.splitlines())) from None

    @property
    def settle_call_seconds(self) -> float:
        """The longest that the settler waits for a call, connecting included: a lease has room for several that hang."""
        return min(MAX_SETTLE_CALL_SECONDS, self.lease_seconds / 8)


@dataclass(frozen=True)
class StopPolicy:
    """How the time between SIGTERM and SIGKILL is spent. Fargate's stop timeout is at most 120 s, for all containers of the task."""

    grace_seconds: float = setting("running jobs may finish after SIGTERM", 50.0, unit="s", minimum=0, maximum=120)
    job_log_flush_seconds: float = setting("then: job logs are shipped", 10.0, unit="s", minimum=0, maximum=60)
    settle_flush_seconds: float = setting("then: outcomes are settled", 10.0, unit="s", minimum=0, maximum=60)
    resources_close_seconds: float = setting(
        "then: the service's resources are closed", 5.0, unit="s", minimum=0, maximum=60
    )
    telemetry_flush_seconds: float = setting(
        "then: traces and metrics are exported", 5.0, unit="s", minimum=0, maximum=60
    )
    stop_timeout_seconds: float = setting("the container's stop timeout", 90.0, unit="s", minimum=2, maximum=120)

    def __post_init__(self) -> None:
        """Raises SettingError when the budget does not fit into the stop timeout."""
        check_ranges(self)
        if self.spent_seconds >= self.stop_timeout_seconds:
            raise SettingError(
                f"GRACE_SECONDS={self.grace_seconds} + JOB_LOG_FLUSH_SECONDS={self.job_log_flush_seconds} + "
                f"SETTLE_FLUSH_SECONDS={self.settle_flush_seconds} + RESOURCES_CLOSE_SECONDS={self.resources_close_seconds} + "
                f"TELEMETRY_FLUSH_SECONDS={self.telemetry_flush_seconds} "
                f"= {self.spent_seconds} must stay below STOP_TIMEOUT_SECONDS={self.stop_timeout_seconds}"
            )

    @property
    def spent_seconds(self) -> float:
        """The longest that a drain takes."""
        return (
            self.grace_seconds
            + self.job_log_flush_seconds
            + self.settle_flush_seconds
            + self.resources_close_seconds
            + self.telemetry_flush_seconds
        )


def check_together(policy: ConsumerPolicy, stop: StopPolicy) -> None:
    """Raises SettingError where the two groups cannot work together."""
    if stop.grace_seconds <= policy.poll_wait_seconds:
        raise SettingError(
            f"GRACE_SECONDS={stop.grace_seconds} must be longer than POLL_WAIT_SECONDS={policy.poll_wait_seconds}: "
            "a poll in flight at the stop is waited for, so that its messages are released and not lost until their lease ends"
        )
