"""For the code that sends jobs: a web application, a Lambda function, a notebook. See docs/howto/send-jobs-from-your-code.md.

boto3 alone calls AWS here, with the credentials, the Region and the retries that it finds.
"""

from typing import TYPE_CHECKING, Any

from jobqueue.client.errors import (
    InvalidRequestError,
    JobClientError,
    JobOverError,
    NoRecordsError,
    NotEndedError,
    NotFoundError,
    NotSubmittedError,
)
from jobqueue.client.job_client import JobClient, NewJob
from jobqueue.client.job_event import JobEvent
from jobqueue.client.triggers import Submitted
from jobqueue.consumer.job_records import JobRecord, Status

if TYPE_CHECKING:
    from jobqueue.client.async_client import AsyncJobClient

__all__ = [
    "AsyncJobClient",
    "InvalidRequestError",
    "JobClient",
    "JobClientError",
    "JobEvent",
    "JobOverError",
    "JobRecord",
    "NewJob",
    "NoRecordsError",
    "NotEndedError",
    "NotFoundError",
    "NotSubmittedError",
    "Status",
    "Submitted",
]


def __getattr__(name: str) -> Any:
    """The client for asyncio, which takes long to import: for those who use it."""
    if name != "AsyncJobClient":
        raise AttributeError(name)
    from jobqueue.client.async_client import AsyncJobClient

    return AsyncJobClient
