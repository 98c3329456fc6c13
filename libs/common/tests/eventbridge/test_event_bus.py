"""What EventBridge's answers and failures become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jobqueue.aws.answers import BAD_CREDENTIALS, CallError
from jobqueue.consumer.ports import Failure, QueueError, QueueRefused
from jobqueue.eventbridge.event_bus import CHECK_SECONDS, EventBridgeBus
from jobqueue.testing.contract.event_bus import END


class Calls:
    """Calls that all get one answer, or fail in one way. `seconds`: what the last one was given."""

    def __init__(self, answer: dict[str, Any] | CallError) -> None:
        self.answer = answer
        self.seconds: float | None = None

    def call(
        self, operation: str, parameters: Mapping[str, Any] | bytes, *, seconds: float | None = None
    ) -> dict[str, Any]:
        self.seconds = seconds
        if isinstance(self.answer, CallError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("code", "status", "kind", "advice"),
    [
        ("ResourceNotFoundException", 400, QueueRefused, "Check JOB_EVENTS_BUS"),
        ("AccessDeniedException", 400, QueueRefused, "events:DescribeEventBus"),
        ("NoCredentials", 0, QueueRefused, r"no\.?$"),
        ("CredentialsUnavailable", 0, QueueError, r"no\.?$"),
        ("TimedOut", 0, QueueError, "Check the network"),
        ("InternalException", 500, QueueError, r"no\.?$"),
        *((code, 400, QueueRefused, "credentials are not valid") for code in sorted(BAD_CREDENTIALS)),
    ],
)
def test_an_error_names_the_bus_and_what_to_check(code: str, status: int, kind: type[QueueError], advice: str) -> None:
    calls = Calls(CallError(code, "no", status=status, unknown=True))
    with pytest.raises(kind, match=f"DescribeEventBus on bus jobs-dev failed: {code}.*{advice}") as raised:
        EventBridgeBus(calls, "jobs-dev").check()
    assert type(raised.value) is kind
    assert calls.seconds == CHECK_SECONDS


def test_entries_that_fail_are_told_by_their_place_and_those_that_never_can_succeed_are_gone() -> None:
    entries = [
        {"EventId": "e-1"},
        {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"},
        {"ErrorCode": "MalformedDetail", "ErrorMessage": "bad"},
    ]
    calls = Calls({"FailedEntryCount": 2, "Entries": entries})
    assert EventBridgeBus(calls, "jobs-dev").put([END] * 3) == [
        Failure(1, "ThrottlingException", "slow down"),
        Failure(2, "MalformedDetail", "bad", gone=True),
    ]
    assert calls.seconds is None


@pytest.mark.parametrize(
    "answer", [{}, {"Entries": []}, {"Entries": [{}]}, {"Entries": None}, {"Entries": [{"EventId": ""}]}]
)
def test_an_answer_that_does_not_say_that_each_event_is_there_is_an_error(answer: dict[str, Any]) -> None:
    with pytest.raises(QueueError, match="is not EventBridge's"):
        EventBridgeBus(Calls(answer), "jobs-dev").put([END])
