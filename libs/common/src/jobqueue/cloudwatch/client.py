"""How is the CloudWatch Logs client made? Layer 3, main thread, once; botocore's clients may be used from many threads.

One client a process. Retries are ours (`total_max_attempts` 1), since the shipper knows how
long a call is worth repeating. Limits are ours too, so botocore's validation is off (2 % of a short job's CPU).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore
from boto3.session import Session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

USER_AGENT = f"jobqueue Botocore/{botocore.__version__}"
"""Made once; botocore would put its own together anew, twice in every call, for a tenth of the call's CPU."""

CONNECT_SECONDS = 2
READ_SECONDS = 5
"""Far above what either call takes; six silent ones fit into the default JOB_LOG_CONFIRM_SECONDS."""


def logs_client(
    *,
    region: str | None,
    endpoint_url: str | None = None,
    connections: int = 32,
    session: Session | None = None,
) -> CloudWatchLogsClient:
    """A client for the job log. `endpoint_url` goes before what the environment says. `connections` is how many calls may overlap: JOB_LOG_SHIPPERS.

    `session` is the process's, where it makes other clients too: a second client of a session costs a tenth of a first one.
    """
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        user_agent=USER_AGENT,
        tcp_keepalive=True,
    )
    return (session or Session()).client("logs", region_name=region, endpoint_url=endpoint_url, config=config)
