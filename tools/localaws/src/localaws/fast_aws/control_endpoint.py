"""Control endpoint of a running fast AWS: five addresses under /_control, answered in JSON.

    GET  /_control/calls    counters
    GET  /_control/queues   visible, in_flight and delayed messages of each queue
    GET  /_control/writes   items of tables as they were written, in order
    GET  /_control/tls      the endpoint over TLS, empty where there is none
    POST /_control          {"faults": {...}} replaces the fault plan;
                            {"reset": ["calls", "faults", "queues", "logs", "tables"]} resets the named parts

Control calls are never subject to faults and never counted.
"""

import orjson

from localaws.fast_aws.connection import Request
from localaws.fast_aws.faults import FaultPlan
from localaws.fast_aws.logs import Logs
from localaws.fast_aws.queues import Queues
from localaws.fast_aws.tables import Tables
from localaws.fast_aws.tally import Tally


class ControlEndpoint:
    def __init__(
        self, queues: Queues, logs: Logs, tables: Tables, faults: FaultPlan, tally: Tally, tls_endpoint: str
    ) -> None:
        self._queues = queues
        self._tables = tables
        self._faults = faults
        self._tally = tally
        self._tls_endpoint = tls_endpoint
        self._resets = {
            "calls": tally.reset,
            "faults": lambda: faults.set({}),
            "queues": queues.clear,
            "logs": logs.clear,
            "tables": tables.clear,
        }

    def answer(self, request: Request) -> tuple[int, bytes]:
        """The status and the JSON to answer with."""
        match request.method, request.path:
            case "GET", "/_control/calls":
                return 200, orjson.dumps(self._tally.as_json())
            case "GET", "/_control/queues":
                return 200, orjson.dumps(self._queues.counts())
            case "GET", "/_control/writes":
                return 200, orjson.dumps({"items": list(self._tables.writes)})
            case "GET", "/_control/tls":
                return 200, orjson.dumps({"endpoint": self._tls_endpoint})
            case "POST", "/_control":
                return self._steer(request.body)
        return 404, orjson.dumps({"error": f"no {request.method} {request.path}"})

    def _steer(self, body: bytes) -> tuple[int, bytes]:
        try:
            order = orjson.loads(body)
            unknown = (set(order) - {"faults", "reset"}) | (set(order.get("reset", ())) - set(self._resets))
            if unknown:
                raise ValueError(f"unknown: {', '.join(sorted(unknown))}")  # noqa: TRY301 - one place answers
            if "faults" in order:
                self._faults.set(order["faults"])
        except (ValueError, TypeError, AttributeError) as error:
            return 400, orjson.dumps({"error": str(error)})
        for name in order.get("reset", ()):
            self._resets[name]()
        return 200, b"{}"
