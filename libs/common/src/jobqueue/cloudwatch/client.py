"""How is the CloudWatch Logs client made? Layer 3, main thread, once; boto3 clients may be used from many threads.

One client a process, made early: a first client costs about 100 ms. Retries are ours (`total_max_attempts` 1), since the shipper knows how
long a call is worth repeating. Limits are ours too, so botocore's validation is off (2 % of a short job's CPU).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import botocore
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

USER_AGENT = f"jobqueue Boto3/{boto3.__version__} Botocore/{botocore.__version__}"
"""Made once; botocore would put its own together anew, twice in every call, for a tenth of the call's CPU."""

CONNECT_SECONDS = 2
READ_SECONDS = 5
"""Far above what either call takes; six silent ones fit into the default JOB_LOG_CONFIRM_SECONDS."""


def logs_client(*, region: str | None, endpoint_url: str | None = None, connections: int = 32) -> CloudWatchLogsClient:
    """A client for the job log. `endpoint_url` is for a local AWS. `connections` is how many calls may overlap: JOB_LOG_SHIPPERS."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        user_agent=USER_AGENT,
        tcp_keepalive=True,
    )
    return boto3.client("logs", region_name=region, endpoint_url=endpoint_url, config=config)
