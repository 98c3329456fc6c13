"""Doubles of the ports, used in place of AWS by tests of the library and of the services. Documented like product code.

    InMemoryJobRecords              the records of jobs
    InMemoryEventBus                the bus that ends of jobs are told on
    InMemoryQueue, InMemorySender   the queue, with visibility, redrive and planned failures
    Faults                          the failures of their next calls
    ManualClock, SystemClock        the time that they go by
    RecordingObserver               the events that telemetry would get
    RecordingJobLogs                job logs, confirmed when the test says so
    RecordingTaskProtection, RecordingHeartbeat
    drain                           the whole consumer over these, until nothing is left: for a service's acceptance tests
    put_job, put_trigger            messages as a producer would send them

`jobqueue.testing.contract` holds the suite that a queue has to pass, these doubles as well as SQS; it alone needs pytest.
Imported by tests and by the local demo, never by product code.
"""

from jobqueue.testing.clock import Clock, ManualClock, SystemClock
from jobqueue.testing.drain import DeadLetter, Drained, drain, put_job, put_trigger
from jobqueue.testing.faults import Faults
from jobqueue.testing.in_memory_event_bus import InMemoryEventBus
from jobqueue.testing.in_memory_job_records import InMemoryJobRecords
from jobqueue.testing.in_memory_queue import InMemoryQueue
from jobqueue.testing.in_memory_sender import InMemorySender
from jobqueue.testing.message_store import StoredMessage
from jobqueue.testing.recording import Recording
from jobqueue.testing.recording_job_logs import LogEvent, RecordingJobLog, RecordingJobLogs
from jobqueue.testing.recording_observer import Fact, RecordingAttempt, RecordingObserver
from jobqueue.testing.recording_platform import RecordingHeartbeat, RecordingTaskProtection

__all__ = [
    "Clock",
    "DeadLetter",
    "Drained",
    "Fact",
    "Faults",
    "InMemoryEventBus",
    "InMemoryJobRecords",
    "InMemoryQueue",
    "InMemorySender",
    "LogEvent",
    "ManualClock",
    "Recording",
    "RecordingAttempt",
    "RecordingHeartbeat",
    "RecordingJobLog",
    "RecordingJobLogs",
    "RecordingObserver",
    "RecordingTaskProtection",
    "StoredMessage",
    "SystemClock",
    "drain",
    "put_job",
    "put_trigger",
]
