"""How is the SQS client made? Layer 3, main thread, once; botocore's clients may be used from many threads.

One client a process, made early: a first client costs tens of milliseconds. Retries are ours (`total_max_attempts` 1), since poller and settler know
what a repeated call may do; parameters are ours too, so botocore's validation of them is off.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import botocore
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from jobqueue.settings import SettingError
from jobqueue.sqs.limits import LONGEST_POLL_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

USER_AGENT = f"jobqueue Botocore/{botocore.__version__}"
"""Made once; botocore would put its own together anew, twice in every call, for a tenth of the call's CPU."""

CONNECT_SECONDS = 5
READ_SECONDS = LONGEST_POLL_SECONDS + 10
"""A long poll answers after up to 20 s; what is silent for 10 s more is lost."""


def aws_session() -> Session:
    """For all clients of the process: a second client of a session costs a tenth of a first one. To be used by one thread; the clients by any.

    Raises:
        SettingError: AWS_PROFILE names no profile.
    """
    try:
        return Session()
    except ProfileNotFound as error:
        raise SettingError(f"AWS_PROFILE: {error}") from None


def sqs_client(
    *,
    region: str | None,
    endpoint_url: str | None = None,
    connections: int = 32,
    session: Session | None = None,
) -> SQSClient:
    """A client for every queue of the process. `endpoint_url` is for a local AWS. `connections` is how many calls may overlap.

    `session` is the process's, where it makes other clients too.
    """
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
    return (session or aws_session()).client("sqs", region_name=region, endpoint_url=endpoint_url, config=config)
