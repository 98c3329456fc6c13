"""How is the SQS client made? Layer 3, main thread, once; boto3 clients may be used from many threads.

One client a process, made early: a first client costs about 100 ms. Retries are ours (`total_max_attempts` 1), since poller and settler know
what a repeated call may do; parameters are ours too, so botocore's validation of them is off.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import boto3
import botocore
from botocore.config import Config

from jobqueue.sqs.limits import LONGEST_POLL_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

USER_AGENT = f"jobqueue Boto3/{boto3.__version__} Botocore/{botocore.__version__}"
"""Made once; botocore would put its own together anew, twice in every call, for a tenth of the call's CPU."""

CONNECT_SECONDS = 5
READ_SECONDS = LONGEST_POLL_SECONDS + 10
"""A long poll answers after up to 20 s; what is silent for 10 s more is lost."""


def sqs_client(*, region: str | None, endpoint_url: str | None = None, connections: int = 32) -> SQSClient:
    """A client for every queue of the process. `endpoint_url` is for a local AWS. `connections` is how many calls may overlap."""
    logging.getLogger("botocore.credentials").setLevel(logging.WARNING)  # where it found them is no news at INFO
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        user_agent=USER_AGENT,
        tcp_keepalive=True,
    )
    return boto3.client("sqs", region_name=region, endpoint_url=endpoint_url, config=config)
