"""The event bus in EventBridge. Any thread; never repeats a call.

PutEvents takes 10 entries and 1 MiB (256 KiB until January 2026) a call ("Amazon EventBridge quotas"); ten of ours have 30 KB at most. It answers for
each entry. To a bus that does not exist it answers that all went well (aws-cli#9186), so that one is only found by the check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jobqueue.aws.answers import BAD_CREDENTIALS, NO_CREDENTIALS, NO_PERMISSION, UNREADABLE, CallError
from jobqueue.consumer.ports import Failure, QueueError, QueueRefused
from jobqueue.foreign_text import first_line
from jobqueue.messages.job_end import SOURCE
from jobqueue.messages.lines import line_of

if TYPE_CHECKING:
    from jobqueue.aws.service import Calls
    from jobqueue.messages.job_end import JobEnd

CHECK_SECONDS = 10.0
"""It may be the network's first call; nothing waits for it."""

_GONE = frozenset({"InvalidArgument", "MalformedDetail", "RedactionFailure"})
"""An entry's codes that are its own fault ("PutEventsResultEntry", non-retryable errors). Missing rights may be given yet."""

_ADVICE = {
    "ResourceNotFoundException": "No such bus. Check JOB_EVENTS_BUS, the account and the Region.",
    **dict.fromkeys(NO_PERMISSION, "The task role needs events:{action} on the bus."),
    **dict.fromkeys(BAD_CREDENTIALS, "The credentials are not valid or expired."),
    **dict.fromkeys(NO_CREDENTIALS, ""),
}


class EventBridgeBus:
    """Implements `EventBus`. `name` is that of the bus, and in each event that of the stack."""

    def __init__(self, calls: Calls, name: str) -> None:
        self.name = name
        self._calls = calls

    def check(self) -> None:
        """See the port."""
        with self._translated("DescribeEventBus"):
            self._calls.call("DescribeEventBus", {"Name": self.name}, seconds=CHECK_SECONDS)

    def put(self, ends: Sequence[JobEnd]) -> Sequence[Failure]:
        """See the port."""
        with self._translated("PutEvents"):
            answer = self._calls.call("PutEvents", {"Entries": [self._entry(end) for end in ends]})
            entries = answer["Entries"]
            if len(entries) != len(ends):
                raise ValueError(f"{len(entries)} answers to {len(ends)} entries")
            return [
                Failure(index, code, first_line(entry.get("ErrorMessage") or ""), gone=code in _GONE)
                for index, entry in enumerate(entries)
                if (code := _code(entry))
            ]

    def _entry(self, end: JobEnd) -> dict[str, Any]:
        return {
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": end.detail_type,
            "Time": end.at_ms // 1000,
            "Detail": line_of(end.detail(self.name)).decode(),
        }

    @contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        try:
            yield
        except CallError as error:
            reached = "Check the network, the Region and AWS_ENDPOINT_URL." if not error.status else ""
            advice = _ADVICE.get(error.code, reached).format(action=action)
            kind = QueueRefused if error.code in _ADVICE and error.code != "CredentialsUnavailable" else QueueError
            text = f"{action} on bus {self.name} failed: {error.code}: {error}. {advice}".rstrip()
            raise kind(text, code=error.code, unknown=error.unknown) from error
        except UNREADABLE as error:
            text = f"{action} on bus {self.name}: the answer is not EventBridge's ({type(error).__name__}). Check any proxy in front of it."
            raise QueueError(text, code="UnexpectedAnswer") from None


def _code(entry: dict[str, Any]) -> str:
    """Empty where the event is on the bus. Raises one of UNREADABLE."""
    code = entry.get("ErrorCode")
    if code is None and not entry["EventId"]:
        raise ValueError("an entry without an id")
    return first_line(code or "")
