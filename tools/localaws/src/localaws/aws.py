"""A local AWS for a tool: its process, on loopback, and clients with dummy credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

    from localaws.processes import Processes, StartingServer

REGION = "us-east-1"
READ_SECONDS = 60
"""For a call that takes the server long: many resources, many messages."""
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


@dataclass(frozen=True)
class LocalAws:
    """A running local AWS."""

    endpoint: str

    def environ(self) -> dict[str, str]:
        """What a program needs in its environment to find it."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}

    def sqs(self) -> SQSClient:
        """A client of its own."""
        client: SQSClient = clients_of(self.endpoint)("sqs")
        return client

    def logs(self) -> CloudWatchLogsClient:
        """A client of its own."""
        client: CloudWatchLogsClient = clients_of(self.endpoint)("logs")
        return client

    def dynamodb(self) -> Any:
        """A client of its own."""
        return clients_of(self.endpoint)("dynamodb")


def start_aws(processes: Processes, *, port: int = 0, plain: bool = False) -> StartingServer:
    """Starts `python -m localaws`; port 0 takes a free one. `plain`: moto without what it lacks, which starts sooner."""
    arguments = ["--port", str(port), *(["--plain"] if plain else [])]
    name = "plain-moto" if plain else "local-aws"
    return processes.start_server(name, "localaws", *arguments, environ=CREDENTIALS)


def clients_of(endpoint: str) -> Callable[[str], Any]:
    """Clients of a local AWS: a service's name to its client, made when it is first asked for. Any thread."""
    import boto3  # 0.3 s: while the server starts
    from botocore.config import Config

    config = Config(read_timeout=READ_SECONDS, proxies={}, retries={"total_max_attempts": 1})
    keys = (CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
    session = boto3.Session(*keys, region_name=REGION)
    made: dict[str, Any] = {}
    lock = Lock()

    def client(service: str) -> Any:
        with lock:  # a session is not made for several threads
            if service not in made:
                made[service] = session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
            return made[service]

    return client


def only_local_credentials(environ: MutableMapping[str, str]) -> None:
    """Makes this process forget every AWS setting of the person who runs it: profiles, credentials, endpoints."""
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update(CREDENTIALS)
