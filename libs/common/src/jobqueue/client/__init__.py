"""For the code that sends jobs: a web application, a Lambda function, a notebook. See docs/howto/send-jobs-from-your-code.md.

boto3 alone calls AWS here, with the credentials, the Region and the retries that it finds.
"""

from jobqueue.client.async_client import AsyncJobClient
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
