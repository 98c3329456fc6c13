"""Translation of failed DynamoDB calls. Any thread; the only place that knows DynamoDB's codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jobqueue.aws.answers import BAD_CREDENTIALS, NO_CREDENTIALS, NO_PERMISSION, UNREADABLE, CallError
from jobqueue.consumer.job_records import RecordsError

_ADVICE = {
    code: advice
    for codes, advice in {
        "ResourceNotFoundException": "No such table. Check JOB_TABLE, the account and the Region.",
        "ProvisionedThroughputExceededException ThrottlingException RequestLimitExceeded": "The table is throttled: raise its warm throughput.",
        "ValidationException": "The table's key must be jobId and stage, both of type S.",
    }.items()
    for code in codes.split()
}
_ADVICE |= dict.fromkeys(NO_PERMISSION, "The role needs dynamodb:{action} on the table, and the rights on its KMS key.")
_ADVICE |= dict.fromkeys(BAD_CREDENTIALS, "The credentials are not valid or expired.") | dict.fromkeys(
    NO_CREDENTIALS, ""
)


@contextmanager
def translated(action: str, table: str) -> Iterator[None]:
    """Around a call and the reading of its answer. `action` is the name of the permission.

    Raises:
        RecordsError: whatever the call raises.
    """
    try:
        yield
    except CallError as error:
        reached = "Check the network, the Region and AWS_ENDPOINT_URL." if not error.status else ""
        advice = _ADVICE.get(error.code, reached).format(action=action)
        text = f"{action} on table {table} failed: {error.code}: {error}. {advice}".rstrip()
        raise RecordsError(text, code=error.code) from error
    except UNREADABLE as error:
        text = f"{action} on table {table}: the answer is no job record ({type(error).__name__}). Check the table, and any proxy in front of it."
        raise RecordsError(text, code="UnexpectedAnswer") from None
