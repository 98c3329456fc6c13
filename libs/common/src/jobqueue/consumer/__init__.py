"""What is decided: layer 2. The words that a service's jobs and handlers need are exported here; no AWS, no OpenTelemetry SDK."""

from jobqueue.consumer.catalogue import Entry, JobCatalogue, TriggerCatalogue
from jobqueue.consumer.context import Context
from jobqueue.messages.errors import RejectJob, RetryJob
from jobqueue.messages.payload import JobData

__all__ = ["Context", "Entry", "JobCatalogue", "JobData", "RejectJob", "RetryJob", "TriggerCatalogue"]
