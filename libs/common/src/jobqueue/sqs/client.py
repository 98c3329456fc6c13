"""The SQS clients: made in the main thread, once; botocore's clients may be used from many threads.

Two a process, because a client's time-outs hold for all of its calls: one for long polls, one for everything else. Retries are ours
(`total_max_attempts` 1), since poller and settler decide about repeated calls; parameters are made by us, so botocore's validation of them is off.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

import botocore
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound

from jobqueue.messages.limits import MAX_POLL_SECONDS
from jobqueue.settings import SettingError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

USER_AGENT = f"jobqueue Botocore/{botocore.__version__}"
"""Made once; botocore would put its own together anew, twice in every call, for a tenth of the call's CPU."""


class Timeouts(NamedTuple):
    """Seconds. botocore adds them up; `connect` holds for each address of a name, `read` for each time that the peer is silent."""

    connect: float
    read: float

    @classmethod
    def within(cls, seconds: float) -> Timeouts:
        """Of a call that is over after `seconds`, as far as its socket can tell; the settler's own watch holds for the rest."""
        return cls(seconds * 0.3, seconds * 0.65)

    @classmethod
    def of_a_poll(cls, wait_seconds: float) -> Timeouts:
        """Of a long poll: it answers after up to `wait_seconds`, and what is silent for 10 s more is lost."""
        return cls(5, wait_seconds + 10)


def aws_session() -> Session:
    """For all clients of the process: a second client of a session costs a tenth of a first one. To be used by one thread; the clients by any.

    Raises:
        SettingError: AWS_PROFILE names no profile, or a file of AWS's own settings cannot be read.
    """
    try:
        return Session()
    except ProfileNotFound as error:
        raise SettingError(f"AWS_PROFILE: {error}") from None
    except BotoCoreError as error:
        raise SettingError(f"AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE: {error}") from None


def sqs_client(
    *,
    region: str | None,
    endpoint_url: str | None = None,
    connections: int = 32,
    session: Session | None = None,
    timeouts: Timeouts | None = None,
) -> SQSClient:
    """A client for every queue of the process. `endpoint_url` goes before what the environment says. `connections` is how many calls may overlap.

    `session` is the process's, where it makes other clients too. `timeouts`: else those of the longest poll.
    """
    timeouts = timeouts or Timeouts.of_a_poll(MAX_POLL_SECONDS)
    # Where it found them does not matter, and a failed refresh fails our call, which logs one line; botocore would add a stack trace to each.
    logging.getLogger("botocore.credentials").setLevel(logging.CRITICAL)
    config = Config(
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.read,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        user_agent=USER_AGENT,
        tcp_keepalive=True,
    )
    return (session or aws_session()).client("sqs", region_name=region, endpoint_url=endpoint_url, config=config)
