from __future__ import annotations

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from jobqueue.consumer.ports import QueueError, QueueRefused
from jobqueue.sqs.errors import CALL_FAILED, entry_refused, receipt_gone, translate


def _said(code: str, message: str = "because") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "ReceiveMessage")


def _translated(error: Exception) -> QueueError:
    return translate(error, action="ReceiveMessage", queue="jobs")


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AWS.SimpleQueueService.NonExistentQueue", "Check the URL"),
        ("QueueDoesNotExist", "Check the URL"),
        ("InvalidAddress", "Check the URL"),
        ("AccessDenied", "sqs:ReceiveMessage"),
        ("AccessDeniedException", "sqs:ReceiveMessage"),
        ("KMS.AccessDeniedException", "KMS"),
        ("InvalidClientTokenId", "credentials"),
        ("SignatureDoesNotMatch", "credentials"),
        ("ExpiredToken", "credentials"),
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


def test_an_answer_without_a_code_is_an_error_for_later() -> None:
    failed = _translated(ClientError({}, "ReceiveMessage"))
    assert (type(failed), failed.code) == (QueueError, "Unknown")


@pytest.mark.parametrize(
    "error", [NoCredentialsError(), PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY")]
)
def test_missing_credentials_are_refused_with_what_to_do(error: BotoCoreError) -> None:
    refused = _translated(error)
    assert isinstance(refused, QueueRefused)
    assert "Give the task a role" in str(refused)


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="http://x"), ReadTimeoutError(endpoint_url="http://x")]
)
def test_a_connection_that_failed_is_an_error_for_later(error: BotoCoreError) -> None:
    failed = _translated(error)
    assert not isinstance(failed, QueueRefused)
    assert failed.code == type(error).__name__
    assert "did not reach" in str(failed)


def test_what_a_call_can_raise_is_caught_by_one_name() -> None:
    assert isinstance(_said("X"), CALL_FAILED)
    assert isinstance(NoCredentialsError(), CALL_FAILED)


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
