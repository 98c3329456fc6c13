"""HTTP server of the fast AWS and its table of operations.

Everything that lives on the event loop's thread belongs to the server: queues, logs, faults, counters and connections. It binds loopback only, and
ends with `run_until_stopped`.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from pathlib import Path

from localaws.fast_aws.call import Call, Operation, refuse_unknown
from localaws.fast_aws.connection import Connection, Request
from localaws.fast_aws.control_endpoint import ControlEndpoint
from localaws.fast_aws.faults import FaultPlan
from localaws.fast_aws.logs import Logs
from localaws.fast_aws.message import Json
from localaws.fast_aws.polls import Poll
from localaws.fast_aws.queue_operations import QueueOperations
from localaws.fast_aws.queues import Queues
from localaws.fast_aws.sqs import Sqs
from localaws.fast_aws.tables import Tables
from localaws.fast_aws.tally import Tally
from localaws.server_thread import LOOPBACK

SQS_OPERATIONS = (
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "CreateQueue",
    "DeleteMessage",
    "DeleteMessageBatch",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
)
LOGS_OPERATIONS = (
    "CreateLogGroup",
    "CreateLogStream",
    "DescribeLogStreams",
    "FilterLogEvents",
    "GetLogEvents",
    "PutLogEvents",
)
DYNAMODB_OPERATIONS = (
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)
OPERATIONS = frozenset(SQS_OPERATIONS + LOGS_OPERATIONS + DYNAMODB_OPERATIONS)


class Server:
    """Everything behind one port. To be made on the running loop, once its endpoint is known."""

    def __init__(self, endpoint: str, tls_endpoint: str, faults: FaultPlan, opened: set[Connection]) -> None:
        loop = asyncio.get_running_loop()
        self._faults = faults
        self._tally = Tally.of(OPERATIONS)
        self._opened = opened
        queues = Queues(endpoint)
        logs = Logs(faults, loop)
        tables = Tables()
        parts = (
            QueueOperations(queues, loop),
            Sqs(queues, faults, loop),
            logs,
            tables,
        )
        self._operations = {
            prefix + name: Operation(name, service, _method(parts, name), self._tally.operations[name])
            for service, prefix, names in (
                ("sqs", "AmazonSQS.", SQS_OPERATIONS),
                ("logs", "Logs_20140328.", LOGS_OPERATIONS),
                ("dynamodb", "DynamoDB_20120810.", DYNAMODB_OPERATIONS),
            )
            for name in names
        }
        self._control = ControlEndpoint(queues, logs, tables, faults, self._tally, tls_endpoint)

    def serve(self, connection: Connection, request: Request) -> None:
        operation = self._operations.get(request.target)
        if operation is not None:
            Call(operation, request.body, connection, self._faults, self._tally).start()
        elif request.path.startswith("/_control"):
            status, body = self._control.answer(request)
            connection.answer(status, "Content-Type: application/json\r\n", body)
        else:
            refuse_unknown(connection, request.target)


async def run_until_stopped(
    port: int, stop: asyncio.Event, listening: Callable[[int], None], certificate: Path | None = None
) -> None:
    """Listen on loopback (port 0: any free one), report the port, and end soon after `stop` is set. With a certificate (and its key, in one
    file) the same is served over TLS on a second port.

    Raises: OSError when the port is taken.
    """
    faults = FaultPlan(OPERATIONS)
    opened: set[Connection] = set()
    server: Server | None = None

    def serve(connection: Connection, request: Request) -> None:
        assert server is not None
        server.serve(connection, request)

    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: Connection(serve, opened), LOOPBACK, port, backlog=512, start_serving=False
    )
    listeners = [listener]
    bound: int = listener.sockets[0].getsockname()[1]
    tls_endpoint = ""
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        over_tls = await loop.create_server(
            lambda: Connection(serve, opened), LOOPBACK, 0, ssl=context, backlog=512, start_serving=False
        )
        listeners.append(over_tls)
        tls_endpoint = f"https://{LOOPBACK}:{over_tls.sockets[0].getsockname()[1]}"
    server = Server(f"http://{LOOPBACK}:{bound}", tls_endpoint, faults, opened)
    for one in listeners:
        await one.start_serving()
    listening(bound)
    await stop.wait()
    for one in listeners:
        one.close()
    for connection in list(opened):
        connection.abort()
    await asyncio.sleep(0)  # one turn of the loop, in which aborted connections close their sockets


def _method(parts: tuple[object, ...], operation: str) -> Callable[[Json], Json | Poll]:
    """The method of an operation: `send_message`, of the part that has it, for SendMessage."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    methods: list[Callable[[Json], Json | Poll]] = [getattr(p, name) for p in parts if hasattr(p, name)]
    (method,) = methods
    return method
