from __future__ import annotations

import traceback

import pytest

from jobqueue.aws.answers import BAD_CREDENTIALS, NO_PERMISSION, CallError
from jobqueue.consumer.ports import QueueError, QueueRefused, RequestRefused
from jobqueue.sqs.errors import entry_refused, receipt_gone, translated
from jobqueue.sqs.queue import SqsQueue

from .conftest import URL, ScriptedSqs

SECRET = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"


def _said(code: str, message: str = "because", status: int = 400) -> CallError:
    return CallError(code, message, status=status, unknown=status >= 500)


def _translated(error: Exception) -> QueueError:
    with pytest.raises(QueueError) as caught, translated("ReceiveMessage", "jobs"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AWS.SimpleQueueService.NonExistentQueue", "Check the URL"),
        ("QueueDoesNotExist", "Check the URL"),
        ("InvalidAddress", "Check the URL"),
        *((code, "sqs:ReceiveMessage on it, and the rights on its KMS key") for code in sorted(NO_PERMISSION)),
        *((code, "credentials are not valid") for code in sorted(BAD_CREDENTIALS)),
    ],
)
def test_what_no_later_try_can_mend_is_refused_with_what_to_check(code: str, hint: str) -> None:
    refused = _translated(_said(code))
    assert isinstance(refused, QueueRefused)
    assert refused.code == code
    assert hint in str(refused)
    assert "jobs" in str(refused)


@pytest.mark.parametrize(
    "code",
    [
        "RequestThrottled",
        "ThrottlingException",
        "InternalError",
        "ServiceUnavailable",
        "OverLimit",
        "KMS.ThrottlingException",
        "503",
    ],
)
def test_what_may_pass_is_an_error_for_later(code: str) -> None:
    failed = _translated(_said(code))
    assert not isinstance(failed, QueueRefused)
    assert failed.code == code
    assert "because" in str(failed)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AWS.SimpleQueueService.NonExistentQueue", QueueRefused),
        ("QueueDoesNotExist", QueueRefused),
        ("AccessDenied", QueueRefused),
        ("AccessDeniedException", QueueRefused),
        ("KMS.AccessDeniedException", QueueRefused),
        ("ExpiredToken", QueueRefused),
        ("ExpiredTokenException", QueueRefused),
        ("InvalidParameterValue", RequestRefused),
        ("InvalidParameterValueException", RequestRefused),
        ("AWS.SimpleQueueService.BatchRequestTooLong", RequestRefused),
        ("BatchRequestTooLong", RequestRefused),
        ("RequestThrottled", QueueError),
        ("ThrottlingException", QueueError),
    ],
)
@pytest.mark.parametrize("old", [True, False])
def test_a_code_is_read_from_the_header_of_the_older_protocol_and_else_from_the_body(
    sqs: ScriptedSqs, code: str, kind: type[QueueError], old: bool
) -> None:
    sqs.refuses("ReceiveMessage", code, old=old)
    with pytest.raises(QueueError) as caught:
        SqsQueue(sqs.calls, URL, lease_seconds=30).receive(1, 0)
    assert (type(caught.value), caught.value.code, caught.value.unknown) == (kind, code, False)


def test_an_answer_without_a_code_is_an_error_for_later() -> None:
    failed = _translated(_said("400"))
    assert (type(failed), failed.code) == (QueueError, "400")


def test_missing_credentials_are_refused_with_what_to_do() -> None:
    refused = _translated(CallError("NoCredentials", "no AWS credentials found. Give the task a role", unknown=False))
    assert isinstance(refused, QueueRefused)
    assert "Give the task a role" in str(refused)


def test_credentials_that_are_not_there_for_the_moment_are_an_error_for_later() -> None:
    failed = _translated(CallError("CredentialsUnavailable", "the endpoint does not answer", unknown=False))
    assert (type(failed), str(failed), failed.unknown) == (QueueError, "jobs: the endpoint does not answer", False)


@pytest.mark.parametrize("code", ["EndpointConnectionError", "TimeoutError"])
def test_a_connection_that_failed_is_an_error_for_later(code: str) -> None:
    failed = _translated(CallError(code, "because", unknown=True))
    assert not isinstance(failed, QueueRefused)
    assert failed.code == code
    assert "did not reach" in str(failed)


@pytest.mark.parametrize(
    "code", ["ReceiptHandleIsInvalid", "InvalidParameterValue", "AWS.SimpleQueueService.MessageNotInflight"]
)
def test_a_receipt_that_is_no_longer_ours_is_gone(code: str) -> None:
    assert receipt_gone(code)


@pytest.mark.parametrize("code", ["InternalError", "RequestThrottled", "ThrottlingException", "OverLimit"])
def test_a_trouble_of_the_service_takes_neither_a_receipt_nor_a_message_away(code: str) -> None:
    assert not receipt_gone(code)
    assert not entry_refused(code)


@pytest.mark.parametrize("code", ["InvalidMessageContents", "InvalidParameterValue", "MissingParameter"])
def test_a_message_that_sqs_never_accepts_is_refused(code: str) -> None:
    assert entry_refused(code)


@pytest.mark.parametrize(
    ("error", "unknown", "divisible"),
    [
        (_said("InternalError", status=500), True, True),
        (_said("RequestThrottled", status=403), False, False),
        (_said("ServiceUnavailable", status=503), True, False),
        (_said("AccessDenied", status=403), False, False),
        (_said("SomethingNew"), False, True),
        (CallError("TimeoutError", "sent", unknown=True), True, False),
        (CallError("TimeoutError", "not sent", unknown=False), False, False),
        (CallError("UnexpectedAnswer", "cut", status=200, unknown=True), True, False),
        (CallError("NoCredentials", "none", unknown=False), False, False),
    ],
)
def test_whether_a_call_may_have_taken_effect_and_whether_fewer_entries_may_pass(
    error: Exception, unknown: bool, divisible: bool
) -> None:
    failed = _translated(error)
    assert (failed.unknown, failed.divisible) == (unknown, divisible)


@pytest.mark.parametrize("code", ["InvalidMessageContents", "BatchRequestTooLong", "ValidationException"])
def test_a_request_that_is_never_taken_as_it_is_may_pass_in_smaller_calls(code: str) -> None:
    refused = _translated(_said(code))
    assert isinstance(refused, RequestRefused)
    assert refused.divisible


@pytest.mark.parametrize("error", [ValueError(SECRET), TypeError(SECRET), KeyError(SECRET)])
def test_no_text_shows_what_an_answer_held_that_is_not_sqs_s(error: Exception) -> None:
    failed = _translated(error)
    assert SECRET not in "".join(traceback.format_exception(failed))
    assert str(failed).startswith("jobs: the answer to ReceiveMessage is not SQS's")


def test_no_text_shows_what_was_signed(sqs: ScriptedSqs) -> None:
    message = f"The signature does not match.\n\nThe Canonical String is\nx-amz-security-token:{SECRET}"
    sqs.refuses("ReceiveMessage", "SignatureDoesNotMatch", message=message)
    with pytest.raises(QueueRefused) as failed:
        SqsQueue(sqs.calls, URL, lease_seconds=30).receive(1, 0)
    assert SECRET not in "".join(traceback.format_exception(failed.value))
    assert "\n" not in str(failed.value)
