from __future__ import annotations

import traceback

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from jobqueue.consumer.ports import QueueError, QueueRefused, RequestRefused
from jobqueue.sqs.errors import CALL_FAILED, entry_refused, receipt_gone, translate, translated

SECRET = "IQoJb3JpZ2luX2VjEXAMPLETOKEN"


def _said(code: str, message: str = "because", status: int = 400) -> ClientError:
    said = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, "ReceiveMessage")  # type: ignore[arg-type]


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


@pytest.mark.parametrize(
    ("error", "unknown", "divisible"),
    [
        (_said("InternalError", status=500), True, True),
        (_said("RequestThrottled", status=403), False, False),
        (_said("ServiceUnavailable", status=503), True, False),
        (_said("AccessDenied", status=403), False, False),
        (_said("SomethingNew"), False, True),
        (ReadTimeoutError(endpoint_url="http://x"), True, False),
        (ConnectionClosedError(endpoint_url="http://x"), True, False),
        (ConnectTimeoutError(endpoint_url="http://x"), False, False),
        (EndpointConnectionError(endpoint_url="http://x"), False, False),
        (NoCredentialsError(), False, False),
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


@pytest.mark.parametrize(
    "error",
    [
        _said("SignatureDoesNotMatch", f"The signature does not match.\n\nThe Canonical String is\n{SECRET}"),
        _said("Whatever", f"first line\nx-amz-security-token:{SECRET}"),
        HTTPClientError(error=ValueError(f"Invalid header value b'{SECRET}\\n'")),
        ValueError(f"Invalid header value b'{SECRET}\\n'"),
        TypeError(SECRET),
        ResponseParserError(SECRET),
        KeyError(SECRET),
    ],
)
def test_no_text_shows_a_credential_whatever_failed(error: Exception) -> None:
    with pytest.raises(QueueError) as failed, translated("ReceiveMessage", "jobs"):
        raise error
    assert SECRET not in "".join(traceback.format_exception(failed.value))
    assert str(failed.value).startswith("jobs: ")
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (FileNotFoundError(2, "No such file", "/var/token"), QueueRefused, "/var/token"),
        (PermissionError(13, "Permission denied", "/var/token"), QueueRefused, "AWS_WEB_IDENTITY_TOKEN_FILE"),
        (
            RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."),
            QueueError,
            "refreshed",
        ),
        (ConfigParseError(path="/etc/config"), QueueRefused, "/etc/config"),
        (HTTPClientError(error=ValueError("Invalid header value b'x'")), QueueRefused, "AWS_SESSION_TOKEN"),
    ],
)
def test_what_the_way_to_a_credential_raises_names_the_file_or_the_variable(
    error: Exception, kind: type[QueueError], said: str
) -> None:
    with pytest.raises(kind, match=said), translated("ReceiveMessage", "jobs"):
        raise error
