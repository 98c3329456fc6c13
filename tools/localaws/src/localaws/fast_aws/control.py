"""Client of the control endpoint of a fast AWS, which may run in a thread or in another process.

Usable from any thread: each call opens a connection of its own and blocks until it is answered. Calls do not go through boto3, so they are neither
counted nor made to fail.
"""

import http.client
from typing import Any, Literal, TypeAlias, Unpack
from urllib.parse import urlsplit

import orjson

from localaws.fast_aws.faults import FaultSettings

Part: TypeAlias = Literal["calls", "faults", "queues", "logs", "tables"]
_TIMEOUT_SECONDS = 10


class Control:
    """The control calls of the fast AWS at `endpoint`, an `http://127.0.0.1:PORT` that boto3 takes too."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def faults(self, **settings: Unpack[FaultSettings]) -> None:
        """Replace the whole fault plan; without settings nothing fails any more.

        Raises: ValueError for an invalid setting; the old plan then stays.
        """
        self._ask("POST", "/_control", {"faults": settings})

    def reset(self, *parts: Part) -> None:
        """Forget counters, faults, queues, logs or tables; all of them when none is named."""
        self._ask("POST", "/_control", {"reset": parts or ("calls", "faults", "queues", "logs", "tables")})

    def calls(self) -> dict[str, Any]:
        """`total`, and under `operations` by name the fields of `OperationTally`."""
        return self._ask("GET", "/_control/calls")

    def queues(self) -> dict[str, dict[str, int]]:
        """By queue name: `visible`, `in_flight` and `delayed` messages, exact."""
        return self._ask("GET", "/_control/queues")

    def writes(self) -> list[dict[str, Any]]:
        """The items of all tables as they were written, in order; the last 50,000."""
        found: list[dict[str, Any]] = self._ask("GET", "/_control/writes")["items"]
        return found

    def tls_endpoint(self) -> str:
        """Where the same queues and logs are served over TLS; empty where they are not."""
        return str(self._ask("GET", "/_control/tls")["endpoint"])

    def _ask(self, method: str, path: str, order: object = None) -> dict[str, Any]:
        address = urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, path, None if order is None else orjson.dumps(order))
            response = connection.getresponse()
            answer: dict[str, Any] = orjson.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer.get("error", f"HTTP {response.status}"))
        return answer
