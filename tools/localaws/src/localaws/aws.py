"""A local AWS for a tool: a moto server in a process, on loopback, with dummy credentials.

Real credentials are never looked at: see `only_local_credentials`. The clients may be used from any thread.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from localaws.processes import ProcessDied

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

    from localaws.processes import Processes

Client = TypeVar("Client")
REGION = "us-east-1"
START_SECONDS = 30.0
READ_SECONDS = 10
"""A local server that is silent for so long will not answer any more."""
SLOW_SECONDS = 60
"""The same where a call may take the server long: many resources, many messages."""
_ANNOUNCEMENT = "listening "
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""What boto3 and the AWS CLI need to talk to the local AWS, and to nothing else."""


class Waiter(Protocol):
    """What waits: a tool's own, which may end the waiting by an exception of its own."""

    def wait(self, seconds: float) -> object:
        """Sleep, or raise."""


@dataclass(frozen=True)
class LocalAws:
    """A running local AWS."""

    endpoint: str

    def environ(self) -> dict[str, str]:
        """What a program needs in its environment to find it."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}

    def sqs(self) -> SQSClient:
        """A client of its own."""
        client: SQSClient = self._client("sqs")
        return client

    def logs(self) -> CloudWatchLogsClient:
        """A client of its own."""
        client: CloudWatchLogsClient = self._client("logs")
        return client

    def _client(self, service: str) -> Any:
        import boto3  # 0.3 s: while the server starts
        from botocore.config import Config

        config = Config(connect_timeout=5, read_timeout=READ_SECONDS, proxies={}, retries={"mode": "standard"})
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]


def clients_of(endpoint: str) -> Callable[[str], Any]:
    """Clients of a local AWS: a service's name to its client, made when it is first asked for. Any thread."""
    import boto3
    from botocore.config import Config

    config = Config(read_timeout=SLOW_SECONDS, proxies={}, retries={"total_max_attempts": 1})
    made: dict[str, Any] = {}
    lock = Lock()

    def client(service: str) -> Any:
        with lock:  # the default session is not made for several threads
            if service not in made:
                made[service] = boto3.client(  # type: ignore[call-overload]  # any service
                    service,
                    region_name=REGION,
                    endpoint_url=endpoint,
                    config=config,
                    aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                )
            return made[service]

    return client


def only_local_credentials(environ: MutableMapping[str, str]) -> None:
    """Makes this process forget every AWS setting of the person who runs it: profiles, credentials, endpoints."""
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update(CREDENTIALS)


def start_aws(processes: Processes, stop: Waiter, port: int = 0) -> LocalAws:
    """Starts the moto server and waits until it answers.

    Raises:
        ProcessDied: it ended, or did not answer in 30 s; the text says why.
        What `stop.wait` raises.
    """
    command = [sys.executable, "-m", "localaws.moto_server", "--port", str(port)]
    server = processes.start("local-aws", command, {**CREDENTIALS, "PYTHONUNBUFFERED": "1"})
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for line in server.output.read_text(errors="replace").splitlines(keepends=True):
            if line.startswith(_ANNOUNCEMENT) and line.endswith("\n"):
                return LocalAws(line.removeprefix(_ANNOUNCEMENT).strip())
        server.check()
        stop.wait(0.02)
    raise ProcessDied(f"local-aws did not answer in {START_SECONDS:.0f} s. Its last lines:\n{server.last_lines()}")
