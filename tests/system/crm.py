"""The HTTP service of `docs/howto/call-aws-and-http.md`, with what that job reads and writes in AWS."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from localaws.ecs_agent import Call

from .serving import serving

BUCKET, KEY, TABLE = "acme-invoices", "2026-01/acme.json", "acme-booked"


class Crm(ThreadingHTTPServer):
    """Answers 503 the first time. `asked`: token and body of each request."""

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Booking)
        self.asked: list[tuple[str, dict[str, Any]]] = []


class _Booking(BaseHTTPRequestHandler):
    server: Crm

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers["Authorization"], body))
        self.send_response(503 if len(self.server.asked) == 1 else 201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the test's screen."""


def crm(address: str = "127.0.0.1") -> AbstractContextManager[Crm]:
    """One that answers within the context."""
    return serving(Crm(address))


def fill(s3: Any, dynamodb: Any) -> None:
    """Makes the bucket with an invoice, and the table."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b'{"customer": "acme", "total": 12}')
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "invoice", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "invoice", "KeyType": "HASH"}],
    )


def of_the_page(call: Call) -> bool:
    """Whether a service's call is that job's, and not the runtime's."""
    return call.service == "s3" or call.parameters.get("TableName") == TABLE


def booked(dynamodb: Any) -> dict[str, str]:
    """The job that booked each invoice."""
    return {item["invoice"]["S"]: item["job"]["S"] for item in dynamodb.scan(TableName=TABLE)["Items"]}
