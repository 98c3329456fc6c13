"""Names of all spans, attributes and metrics. Constants only; imports nothing but the standard library.

OpenTelemetry's messaging conventions come first, in the version pinned here; names of our own begin with `jobs.`.
`python -m jobqueue.telemetry.reference` prints this file as docs/reference/telemetry.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CONVENTIONS_VERSION = "1.44.0"
"""Semantic conventions, pages "Messaging spans", "Messaging client metrics" and "AWS SQS"; messaging is "Development" there, hence the pin."""
SCHEMA_URL = f"https://opentelemetry.io/schemas/{CONVENTIONS_VERSION}"
SCOPE = "jobqueue"
"""The instrumentation scope of everything the runtime itself records."""
OTHER = "_OTHER"
"""The conventions' name for a value outside the known ones; keeps names from outside out of the metrics."""

Instrument = Literal["observable counter", "gauge", "histogram"]
Kind = Literal["client", "producer", "consumer"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute, as the reference page shows it."""

    name: str
    type: Literal["string", "int"]
    meaning: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `attributes` are all that its points may carry, each of few values; `unit` is UCUM."""

    name: str
    instrument: Instrument
    unit: str
    description: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpanName:
    """One span. Its name is `{operation} {queue}`; `operation` is `messaging.operation.name`."""

    operation: str
    operation_type: Literal["send", "receive", "process", "settle"]
    kinds: tuple[Kind, ...]
    meaning: str
    attributes: tuple[str, ...]

    def of(self, queue: str) -> str:
        """The span's name."""
        return f"{self.operation} {queue}"


ATTRIBUTES: list[Attribute] = []


def _attribute(name: str, kind: Literal["string", "int"], meaning: str) -> str:
    ATTRIBUTES.append(Attribute(name, kind, meaning))
    return name


SYSTEM = _attribute("messaging.system", "string", "Always `aws_sqs`.")
OPERATION_NAME = _attribute(
    "messaging.operation.name", "string", "`receive`, `process`, `delete`, `change_visibility` or `send`."
)
OPERATION_TYPE = _attribute("messaging.operation.type", "string", "`receive`, `process`, `settle` or `send`.")
DESTINATION = _attribute("messaging.destination.name", "string", "The queue's name, without account and Region.")
BATCH_COUNT = _attribute("messaging.batch.message_count", "int", "Messages in the call, 1 to 10.")
MESSAGE_ID = _attribute("messaging.message.id", "string", "SQS's MessageId.")
CONVERSATION_ID = _attribute("messaging.message.conversation_id", "string", "The correlation id.")
SERVER_ADDRESS = _attribute("server.address", "string", "The host of the queue's URL.")
ERROR_TYPE = _attribute(
    "error.type",
    "string",
    "Only where it failed: the service's error code for a call (`_OTHER` where entries failed for several), the error's class for a job.",
)
JOB_ID = _attribute("jobs.job_id", "string", "The job's ULID.")
JOB_TYPE = _attribute(
    "jobs.job_type",
    "string",
    "The trigger's name or the job type; in metrics `_OTHER` for a type that no handler is registered for.",
)
ATTEMPT = _attribute("jobs.attempt", "int", "The number of the run, 1 at first; given back at a stop, a job keeps it.")
OUTCOME = _attribute(
    "jobs.outcome",
    "string",
    "`done`, `retry`, `reject`, `release`, `cancelled`, `duplicate` or `leave`; on spans only where it is not `done`.",
)
SAME_AS = _attribute(
    "jobs.same_as", "string", "Of a duplicate: the job that has the unique key that its trigger asks for."
)
REJECT_REASON = _attribute("jobs.reject_reason", "string", "Why the message went to the dead-letter queue.")
OPERATION = _attribute(
    "jobs.operation",
    "string",
    "The call that failed: `delete`, `change_visibility`, `send`, `return` or `dead_letter`; of job records, `queued`, `begin`, `beat`, `record` "
    "(an end), `check`, `step`, `claim` or `release` (of a unique key); `event` (an end, told).",
)
AWS_SPAN_KIND = _attribute(
    "aws.span.kind",
    "string",
    "Always `LOCAL_ROOT`: has X-Ray make a segment named after the service out of a span that has a remote parent.",
)

SQS = "aws_sqs"
LOCAL_ROOT = "LOCAL_ROOT"
_COUNTED = (SYSTEM, OPERATION_NAME, DESTINATION, ERROR_TYPE)
_ALWAYS = (*_COUNTED, OPERATION_TYPE)
_CALL = (*_ALWAYS, BATCH_COUNT, SERVER_ADDRESS)

PROCESS = SpanName(
    "process",
    "process",
    ("consumer",),
    "One attempt at one job. Its parent is the message's creation context, which it also links to.",
    (*_ALWAYS, MESSAGE_ID, CONVERSATION_ID, JOB_ID, JOB_TYPE, ATTEMPT, OUTCOME, SAME_AS, REJECT_REASON, AWS_SPAN_KIND),
)
RECEIVE = SpanName(
    "receive",
    "receive",
    ("client",),
    "A poll that brought messages, or failed; empty polls have no span. Links to each message's creation context.",
    _CALL,
)
DELETE = SpanName("delete", "settle", ("client",), "One batch of deletes.", _CALL)
CHANGE_VISIBILITY = SpanName(
    "change_visibility",
    "settle",
    ("client",),
    "One batch of visibility changes: retries, releases and renewed leases.",
    _CALL,
)
SEND = SpanName(
    "send",
    "send",
    ("client", "producer"),
    "One batch of sends. Links to each message's creation context; of kind producer where its own context became that of a message without one.",
    _CALL,
)
SPANS = (RECEIVE, PROCESS, DELETE, CHANGE_VISIBILITY, SEND)

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The conventions' advice for both of their durations; used only where OTEL_* asks for explicit buckets."""

OPERATION_DURATION = Metric(
    "messaging.client.operation.duration",
    "histogram",
    "s",
    "Duration of messaging operation initiated by a producer or consumer client.",
    (*_ALWAYS, SERVER_ADDRESS),
)
PROCESS_DURATION = Metric(
    "messaging.process.duration", "histogram", "s", "Duration of processing operation.", (*_COUNTED, JOB_TYPE)
)
SENT = Metric(
    "messaging.client.sent.messages",
    "observable counter",
    "{message}",
    "Number of messages producer attempted to send to the broker.",
    (*_COUNTED, SERVER_ADDRESS),
)
CONSUMED = Metric(
    "messaging.client.consumed.messages",
    "observable counter",
    "{message}",
    "Number of messages that were delivered to the application.",
    (*_COUNTED, SERVER_ADDRESS),
)
QUEUE_WAIT = Metric(
    "jobs.queue_wait",
    "histogram",
    "s",
    "From send to first receive: the longest wait among the messages of a poll that are received for the first time.",
    (DESTINATION,),
)
ATTEMPTS = Metric(
    "jobs.attempts",
    "observable counter",
    "{attempt}",
    "Handler runs that ended, and triggers that were duplicates.",
    (DESTINATION, JOB_TYPE, OUTCOME),
)
SLOTS_IN_USE = Metric("jobs.slots_in_use", "gauge", "{slot}", "Slots that hold a job now.", (DESTINATION,))
SLOTS_STUCK = Metric(
    "jobs.slots_stuck", "gauge", "{slot}", "Slots whose job runs past its timeout now.", (DESTINATION,)
)
TIMEOUTS = Metric(
    "jobs.timeouts", "observable counter", "{job}", "Handlers that ran past their timeout.", (DESTINATION,)
)
LEASES_LOST = Metric(
    "jobs.leases_lost",
    "observable counter",
    "{lease}",
    "Leases that ended before their outcome was settled.",
    (DESTINATION,),
)
REJECTS = Metric(
    "jobs.rejects",
    "observable counter",
    "{message}",
    "Messages confirmed in the dead-letter queue.",
    (DESTINATION, REJECT_REASON),
)
CANCELLED = Metric(
    "jobs.cancelled",
    "observable counter",
    "{message}",
    "Messages deleted because their job was cancelled, while it waited or ran.",
    (DESTINATION,),
)
DUPLICATES = Metric(
    "jobs.duplicates",
    "observable counter",
    "{message}",
    "Triggers deleted because another job has the unique key of theirs.",
    (DESTINATION,),
)
SETTLE_FAILURES = Metric(
    "jobs.settle_failures",
    "observable counter",
    "{message}",
    "Entries of settling calls that failed and are tried again.",
    (DESTINATION, OPERATION, ERROR_TYPE),
)
EVENTS_SENT = Metric(
    "jobs.events_sent", "observable counter", "{event}", "Ends of jobs that the event bus took.", (DESTINATION,)
)
EVENTS_LOST = Metric(
    "jobs.events_lost",
    "observable counter",
    "{event}",
    "Ends of jobs that no event tells of: given up, and logged whole.",
    (DESTINATION,),
)
POLL_FAILURES = Metric(
    "jobs.poll_failures", "observable counter", "{call}", "Receives that failed.", (DESTINATION, ERROR_TYPE)
)
LOG_OVERFLOWED = Metric(
    "jobs.log_overflowed",
    "observable counter",
    "{event}",
    "Job log events that went to the task's overflow stream.",
    (DESTINATION,),
)
LOG_UNDELIVERED = Metric(
    "jobs.log_undelivered",
    "observable counter",
    "{event}",
    "Job log events that went to stdout, unconfirmed.",
    (DESTINATION,),
)
DRAIN_DURATION = Metric(
    "jobs.drain_duration", "histogram", "s", "From the stop signal until nothing was held.", (DESTINATION,)
)
LEFT = Metric(
    "jobs.left", "observable counter", "{message}", "Deliveries left to lapse when a drain ended.", (DESTINATION,)
)
HEARTBEAT = Metric(
    "jobs.heartbeat",
    "observable counter",
    "{minute}",
    "Minutes this process has lived, rounded: +1 a minute for each task, whatever the export interval.",
    (DESTINATION,),
)
METRICS = (
    OPERATION_DURATION,
    PROCESS_DURATION,
    SENT,
    CONSUMED,
    QUEUE_WAIT,
    ATTEMPTS,
    SLOTS_IN_USE,
    SLOTS_STUCK,
    TIMEOUTS,
    LEASES_LOST,
    REJECTS,
    CANCELLED,
    DUPLICATES,
    SETTLE_FAILURES,
    EVENTS_SENT,
    EVENTS_LOST,
    POLL_FAILURES,
    LOG_OVERFLOWED,
    LOG_UNDELIVERED,
    DRAIN_DURATION,
    LEFT,
    HEARTBEAT,
)
COUNTERS = tuple(metric for metric in METRICS if metric.instrument == "observable counter" and metric is not HEARTBEAT)
HISTOGRAMS = tuple(metric for metric in METRICS if metric.instrument == "histogram")
FROM_US = frozenset({SYSTEM, OPERATION_NAME, OPERATION_TYPE, DESTINATION, SERVER_ADDRESS})
"""Attributes of metrics whose values never come from outside."""
