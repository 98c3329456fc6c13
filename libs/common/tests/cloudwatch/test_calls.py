"""What CloudWatch's answers mean, and which are none."""

import json
from queue import Queue
from typing import Any

import pytest

from jobqueue.aws.answers import BAD_CREDENTIALS, NO_PERMISSION
from jobqueue.cloudwatch.calls import LogsCalls
from jobqueue.cloudwatch.errors import LogsError, Trouble

from .conftest import WAIT_SECONDS, calls_to

ENTRIES = [(1_000 + number, b'{"n":%d}' % number) for number in range(5)]


def create(calls: LogsCalls, stream: str) -> None:
    told: Queue[LogsError | None] = Queue()
    calls.create(stream, told.put)
    error = told.get(timeout=WAIT_SECONDS)
    if error is not None:
        raise error


def put(calls: LogsCalls, stream: str, entries: list[tuple[int, bytes]]) -> slice:
    told: Queue[slice | LogsError] = Queue()
    calls.put(stream, entries, told.put)
    result = told.get(timeout=WAIT_SECONDS)
    if isinstance(result, LogsError):
        raise result
    return result


@pytest.fixture
def calls(server: Any, new_desk: Any) -> LogsCalls:
    server.streams["s"] = []
    return LogsCalls(new_desk().calls, "/jobs")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"tooOldLogEventEndIndex": 2}, [2, 3, 4]),
        ({"expiredLogEventEndIndex": 1}, [1, 2, 3, 4]),
        ({"tooNewLogEventStartIndex": 3}, [0, 1, 2]),
        ({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2, "tooNewLogEventStartIndex": 4}, [2, 3]),
        ({"tooOldLogEventEndIndex": 5, "tooNewLogEventStartIndex": 0}, []),
    ],
)
def test_rejected_events_are_told_by_their_places(
    server: Any, answer: Any, calls: LogsCalls, said: dict[str, int], kept: list[int]
) -> None:
    server.will("PutLogEvents", answer(body={"rejectedLogEventsInfo": said} if said else {}))
    assert list(range(5))[put(calls, "s", ENTRIES)] == kept


def test_the_body_is_what_the_service_reads_whatever_the_characters(server: Any, calls: LogsCalls) -> None:
    text = json.dumps({"said": 'ü "quoted" \\ \U0001f600', "line": "\u2028"}, ensure_ascii=False)
    put(calls, "s", [(7, text.encode())])
    assert server.streams["s"] == [{"timestamp": 7, "message": text}]


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"7", b'"ok"', b"<html>Sign in</html>", b'{"nextSequenceToken": "4', b"\xff"]
)
def test_a_success_without_a_json_object_confirms_nothing(
    server: Any, answer: Any, calls: LogsCalls, raw: bytes
) -> None:
    server.will("PutLogEvents", answer(raw=raw))
    with pytest.raises(LogsError, match="UnexpectedAnswer: HTTP 200, and the answer is not a JSON object") as caught:
        put(calls, "s", ENTRIES)
    assert caught.value.trouble is Trouble.UNAVAILABLE


def test_only_200_confirms(server: Any, answer: Any, calls: LogsCalls) -> None:
    server.will("PutLogEvents", answer(raw=b"{}", status=202), answer(raw=b"{}"))
    with pytest.raises(LogsError, match="HTTP 202"):
        put(calls, "s", ENTRIES)
    assert put(calls, "s", ENTRIES) == slice(0, 5)


@pytest.mark.parametrize("raw", [b"null", b"[]", b"<html>Sign in</html>", b"{"])
def test_a_stream_is_made_only_where_the_service_says_so(
    server: Any, answer: Any, calls: LogsCalls, raw: bytes
) -> None:
    server.will("CreateLogStream", answer(raw=raw), answer(raw=b"{}"), answer(raw=b""))
    with pytest.raises(LogsError, match="CreateLogStream"):
        create(calls, "s")
    create(calls, "s")
    create(calls, "s")  # an empty body is the documented answer


@pytest.mark.parametrize("said", [7, "all", [1], {"tooOldLogEventEndIndex": "two"}])
def test_rejections_that_cannot_be_read_confirm_nothing(server: Any, answer: Any, calls: LogsCalls, said: Any) -> None:
    server.will("PutLogEvents", answer(body={"rejectedLogEventsInfo": said}))
    with pytest.raises(LogsError, match="rejectedLogEventsInfo"):
        put(calls, "s", ENTRIES)


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"<html>Bad gateway</html>"])
def test_a_proxys_error_page_is_an_error(server: Any, answer: Any, calls: LogsCalls, raw: bytes) -> None:
    server.will("PutLogEvents", answer(raw=raw, status=502))
    with pytest.raises(LogsError) as caught:
        put(calls, "s", ENTRIES)
    assert caught.value.trouble is Trouble.UNAVAILABLE
    assert "gateway" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "status", "trouble"),
    [
        ("ThrottlingException", 400, Trouble.THROTTLED),
        ("SomethingNew", 429, Trouble.THROTTLED),
        ("ResourceNotFoundException", 400, Trouble.MISSING),
        ("InvalidParameterException", 400, Trouble.REFUSED),
        *((code, 400, Trouble.DENIED) for code in sorted(BAD_CREDENTIALS | NO_PERMISSION)),
        ("ServiceUnavailableException", 503, Trouble.UNAVAILABLE),
        ("OperationAbortedException", 400, Trouble.UNAVAILABLE),
        ("SomethingNew", 400, Trouble.UNAVAILABLE),
    ],
)
def test_an_error_is_sorted_by_what_to_do_next(
    server: Any, answer: Any, calls: LogsCalls, code: str, status: int, trouble: Trouble
) -> None:
    for operation in ("CreateLogStream", "PutLogEvents"):
        server.will(operation, answer(code, status))
    with pytest.raises(LogsError, match=f"CreateLogStream on log group /jobs: {code}: {code} for s") as of_create:
        create(calls, "s")
    with pytest.raises(LogsError, match="PutLogEvents") as of_put:
        put(calls, "s", ENTRIES)
    assert (of_create.value.trouble, of_put.value.trouble) == (trouble, trouble)


def test_a_stream_that_exists_and_a_batch_that_was_accepted_before_are_success(
    server: Any, answer: Any, calls: LogsCalls
) -> None:
    server.will("PutLogEvents", answer("DataAlreadyAcceptedException"))
    create(calls, "s")
    assert put(calls, "s", ENTRIES) == slice(5)


def test_a_service_that_cannot_be_reached_is_unavailable() -> None:
    with pytest.raises(LogsError, match="EndpointConnectionError") as caught:
        create(LogsCalls(calls_to("http://127.0.0.1:1"), "/jobs"), "s")
    assert caught.value.trouble is Trouble.UNAVAILABLE
