"""Checks and answers that the batch operations of SQS have in common.

Limits: 10 entries a call, ids of up to 80 letters, digits, hyphens and underscores
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatchRequestEntry.html).
"""

import re
from collections.abc import Callable

from localaws.fast_aws.errors import AwsError, sqs_error
from localaws.fast_aws.message import Json

MAX_ENTRIES = 10

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def entries_of(request: Json) -> list[Json]:
    """The entries of a batch request. Raises: AwsError when the batch as a whole is refused."""
    entries: list[Json] = request.get("Entries") or []
    if not entries:
        raise sqs_error("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > MAX_ENTRIES:
        raise sqs_error(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {MAX_ENTRIES}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for entry in entries:
        entry_id = entry.get("Id") or ""
        if not _ID.fullmatch(entry_id):
            raise sqs_error(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if entry_id in seen:
            raise sqs_error("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
        seen.add(entry_id)
    return entries


def each(entries: list[Json], do: Callable[[Json], Json], fails: Callable[[], bool]) -> Json:
    """Do every entry; one that is refused, or that an injected fault fails, does not stop the others."""
    successful: list[Json] = []
    failed: list[Json] = []
    for entry in entries:
        entry_id = entry["Id"]
        if fails():
            failed.append(
                {
                    "Id": entry_id,
                    "SenderFault": False,
                    "Code": "InternalError",
                    "Message": "Injected failure.",
                }
            )
            continue
        try:
            successful.append({"Id": entry_id, **do(entry)})
        except AwsError as error:
            failed.append({"Id": entry_id, "SenderFault": True, "Code": error.code, "Message": error.message})
    # AWS leaves an empty list out of some answers; botocore's callers must use get() for both.
    answer: Json = {}
    if successful:
        answer["Successful"] = successful
    if failed:
        answer["Failed"] = failed
    return answer
