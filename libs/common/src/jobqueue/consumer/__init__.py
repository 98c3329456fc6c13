"""What is decided, without AWS and without OpenTelemetry's SDK. The words that a service's jobs and handlers need are exported here."""

from jobqueue.consumer.catalogue import HandlerOptions, JobCatalogue, TriggerCatalogue
from jobqueue.consumer.context import Context
from jobqueue.messages.errors import RejectJob, RetryJob

__all__ = ["Context", "HandlerOptions", "JobCatalogue", "RejectJob", "RetryJob", "TriggerCatalogue"]
