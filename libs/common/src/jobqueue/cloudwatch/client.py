"""The CloudWatch Logs client. Made once, by the main thread; used by many.

One client a process. Retries are ours (`total_max_attempts` 1), since the book decides how long a call is repeated; limits too, so
botocore's validation is off (2 % of a short job's CPU). Two things are done here in botocore's place:

- the body of PutLogEvents is made by us (`body`, in bytes): botocore would need every message as text, four bytes a character where one is an emoji,
  and write six bytes for each that is not ASCII;
- an answer counts only as a whole: botocore takes an empty body, a web page or cut JSON for an empty success.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore
import orjson
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

USER_AGENT = f"jobqueue Botocore/{botocore.__version__}"
"""Made once; botocore would put its own together anew, twice in every call, for a tenth of the call's CPU."""

CONNECT_SECONDS = 2
READ_SECONDS = 5
"""Far above what either call takes. A peer that answers a byte at a time is left by the book (`MAX_SHIPMENT_SECONDS`)."""

ANSWER = "jobqueue.answer"
"""Where a response has the JSON object that was answered; nothing of it is parsed by botocore."""

_BODY = "jobqueue.body"


class AnswerError(BotoCoreError):
    """A success whose body is not what the service writes: cut, or not of the service at all."""

    fmt = "HTTP {status} with {length} bytes that are not an answer of CloudWatch Logs"


def logs_client(
    *,
    region: str | None,
    endpoint_url: str | None = None,
    connections: int = 32,
    session: Session | None = None,
) -> CloudWatchLogsClient:
    """A client for the job log. `endpoint_url` goes before what the environment says. `connections` is how many calls may overlap: JOB_LOG_SHIPPERS.

    `session` is the process's, where it makes other clients too: a second client of a session costs a tenth of a first one.
    """
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        user_agent=USER_AGENT,
        tcp_keepalive=True,
    )
    client = (session or Session()).client("logs", region_name=region, endpoint_url=endpoint_url, config=config)
    events = client.meta.events
    events.register("before-parameter-build.cloudwatch-logs.PutLogEvents", _take_body)
    events.register("before-call.cloudwatch-logs.PutLogEvents", _set_body)
    events.register("before-parse.cloudwatch-logs.PutLogEvents", _check_put)
    events.register("before-parse.cloudwatch-logs.CreateLogStream", _check_create)
    return client


def _take_body(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    context[_BODY] = params.pop("body", None)


def _set_body(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    if context[_BODY] is not None:
        params["body"] = context[_BODY]


def _check_put(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    answer = _checked(response_dict)
    if answer is not None:
        customized_response_dict[ANSWER] = answer


def _check_create(response_dict: dict[str, Any], **_: object) -> None:
    """CreateLogStream answers with an empty body (its page in the API reference)."""
    response_dict["body"] = response_dict["body"] or b"{}"
    _checked(response_dict)


def _checked(response_dict: dict[str, Any]) -> dict[str, Any] | None:
    """The object that a success answers; None for an error.

    Raises:
        AnswerError: a success without one.
    """
    status, body = response_dict["status_code"], response_dict["body"]
    try:
        answer = orjson.loads(body)
    except ValueError:
        answer = None
    if status >= 300:
        if not isinstance(answer, dict):
            response_dict["body"] = b"{}"  # a proxy's page: its status says enough, and botocore would show all of it
        return None
    if status != 200 or not isinstance(answer, dict):
        raise AnswerError(status=status, length=len(body))
    response_dict["body"] = b"{}"
    return answer
