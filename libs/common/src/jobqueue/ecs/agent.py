"""The ECS agent's endpoint for task protection: its request and its answers.

As documented in
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html:

    PUT $ECS_AGENT_URI/task-protection/v1/state   {"ProtectionEnabled": true, "ExpiresInMinutes": 10}
    200  {"protection": {"ProtectionEnabled": true, "ExpirationDate": "...", "TaskArn": "..."}}
    200  {"failure": {"Arn": "...", "Reason": "TASK_NOT_VALID", "Detail": null}}
    4xx  {"requestID": "...", "error": {"Arn": "...", "Code": "AccessDeniedException", "Message": "..."}}
    5xx  {"error": {"Arn": "...", "Code": "RequestCanceled", "Message": "Timed out calling ..."}}

Blocks for one HTTP call. Never retries, never logs, never uses a proxy: the address is link-local.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from jobqueue.plain_http import PlainHttpError, ask

MAX_TEXT = 300
"""Characters of a foreign text that go into an error, and so into a log line."""

_CHECK = {
    "AccessDeniedException": "the task role must allow ecs:UpdateTaskProtection on the tasks of this cluster",
    "TASK_NOT_VALID": "only running tasks that belong to a service can be protected",
    "DEPLOYMENT_BLOCKED": "more tasks are protected than the service desires; it ends with their jobs",
    "ThrottlingException": "how many tasks call at once; a longer debounce time makes fewer calls",
}
_CHECK_NETWORK = "the subnet needs a route or a VPC endpoint (com.amazonaws.REGION.ecs) to the ECS API"
_CHECK |= dict.fromkeys(("RequestError", "RequestTimeout", "RequestCanceled"), _CHECK_NETWORK)
_CHECK_ELSE = "ecs:UpdateTaskProtection in the task role, and the endpoint in ECS_AGENT_URI"


class AgentError(Exception):
    """Not confirmed; it may have taken effect nevertheless. The text says what to check. Try again later."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail[:MAX_TEXT]!r} (check: {_CHECK.get(code, _CHECK_ELSE)})")
        self.code = code


class Agent:
    """The ECS agent of this task, as far as task protection goes. Holds no connection; any thread."""

    def __init__(self, uri: str) -> None:
        """`uri` is what the agent put into the environment as `ECS_AGENT_URI`.

        Raises:
            ValueError: it is no `http://host[:port]/path`.
        """
        parts = urlsplit(uri)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{uri!r} is not an http:// address")
        parts.port  # noqa: B018 (raises where it is none)
        self._url = f"http://{parts.netloc}{parts.path.rstrip('/')}/task-protection/v1/state"

    def set_protection(self, *, enabled: bool, expires_minutes: int, timeout_seconds: float) -> None:
        """Turns protection on for `expires_minutes` (1 to 2,880; asked again, they start anew) or off.

        `timeout_seconds` limits the whole call.

        Raises:
            AgentError: not confirmed.
        """
        request: dict[str, object] = {"ProtectionEnabled": enabled}
        if enabled:
            request["ExpiresInMinutes"] = expires_minutes
        try:
            answer = ask(
                "PUT",
                self._url,
                headers={"Content-Type": "application/json"},
                body=json.dumps(request).encode(),
                seconds=timeout_seconds,
            )
        except PlainHttpError as error:
            raise AgentError("NoAnswer", str(error)) from error
        _check(answer.status, answer.body, enabled=enabled)


def _check(status: int, body: bytes, *, enabled: bool) -> None:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise AgentError("NoJson", f"HTTP {status}: {body[:MAX_TEXT].decode('utf-8', 'replace')}")
    # Failures come with status 200 too: the status alone says nothing.
    if isinstance(error := answer.get("error"), dict):
        raise AgentError(str(error.get("Code")), f"{error.get('Message')} [request {answer.get('requestID')}]")
    if isinstance(failure := answer.get("failure"), dict):
        raise AgentError(str(failure.get("Reason")), str(failure.get("Detail")))
    protection = answer.get("protection")
    if not isinstance(protection, dict) or protection.get("ProtectionEnabled") is not enabled:
        raise AgentError("NotConfirmed", f"HTTP {status}: {body[:MAX_TEXT].decode('utf-8', 'replace')}")
