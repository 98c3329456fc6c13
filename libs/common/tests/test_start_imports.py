"""What a start loads: each module is paid for at a fraction of a core, by every task that starts."""

import subprocess
import sys

CODE = """
import sys
import jobqueue.bootstrap
from jobqueue.cloudwatch.client import logs_client
from jobqueue.sqs.client import aws_session, sqs_client
session = aws_session()
sqs_client(region="us-east-1", session=session)
logs_client(region="us-east-1", session=session)
sys.exit(" ".join({"asyncio", "opentelemetry", "requests", "grpc"} & set(sys.modules)) or 0)
"""


def test_a_start_loads_no_more_than_it_needs() -> None:
    ended = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")
