"""A moto server, once a session: the real SQS protocol over loopback, with dummy credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from moto.server import ThreadedMotoServer

from jobqueue.sqs.client import sqs_client

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytest.register_assert_rewrite("jobqueue.testing.contract")


@pytest.fixture(scope="session")
def moto_client() -> Iterator[SQSClient]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        client = sqs_client(region="us-east-1", endpoint_url=f"http://{host}:{port}")
    yield client
    client.close()
    server.stop()
