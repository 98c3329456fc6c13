"""What a start loads: each module is paid for at a fraction of a core, by every task that starts."""

import subprocess
import sys

import pytest

import jobqueue

START = """
import sys
import jobqueue.bootstrap
from jobqueue.aws.service import LOGS, SQS
from jobqueue.aws.session import Session
session = Session("us-east-1", {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"})
session.service(SQS, seconds=1)
session.service(LOGS, seconds=1)
unwanted = {
    "_hashlib", "asyncio", "boto3", "botocore", "grpc", "http.client", "importlib.metadata", "jobqueue.dynamodb.job_records", "opentelemetry",
    "requests", "ssl", "urllib3",
}
sys.exit(" ".join(unwanted & set(sys.modules)) or 0)
"""


HANDLERS = """
import sys
import jobqueue
from jobqueue import Context, HandlerOptions, JobCatalogue, RejectJob, RetryJob, SettingError, TriggerCatalogue, setting
sys.exit(" ".join({"argparse", "asyncio", "boto3", "opentelemetry"} & set(sys.modules)) or 0)
"""


@pytest.mark.slow
@pytest.mark.parametrize("code", [START, HANDLERS], ids=["a start", "handlers"])
def test_no_more_is_loaded_than_is_needed(code: str) -> None:
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_everything_that_the_library_offers_is_there_and_nothing_else() -> None:
    assert [name for name in jobqueue.__all__ if not callable(getattr(jobqueue, name))] == []
    with pytest.raises(ImportError):
        from jobqueue import Consumer  # type: ignore[attr-defined]  # noqa: F401
