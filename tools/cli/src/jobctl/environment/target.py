"""One environment of one project in one Region of one account, or on the local AWS. Boto3 clients are shared by all threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

Clients = Callable[[str], Any]
"""A service's name to its boto3 client."""
Outputs = Mapping[str, Any]
"""The stack's outputs by name, see docs/reference/terraform.md."""
READ_SECONDS = 60
"""A local AWS may take long over many resources; AWS answers in less."""
_DOMAINS = {"cn": "amazonaws.com.cn"}
_made: dict[tuple[str, str, str | None], Any] = {}
_making = Lock()


@dataclass(frozen=True)
class Target:
    """The environment. Every name in AWS that is needed before Terraform has outputs follows from it."""

    project: str
    """The stack's and the bootstrap's `project_name`."""
    environment: str
    region: str
    account: str
    """Twelve digits, as STS says: never a wish."""
    endpoint_url: str | None = None
    """Of a local AWS; None: AWS itself."""

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return self.endpoint_url is not None

    @property
    def name(self) -> str:
        """How the names of everything in the stack begin."""
        return f"{self.project}-{self.environment}"

    @property
    def ecr(self) -> str:
        """The account's registry as task definitions name it; an image is `{ecr}/{project}/{name}@sha256:...`."""
        return f"{self.account}.dkr.ecr.{self.region}.{_DOMAINS.get(self.region[:2], 'amazonaws.com')}"

    def clients(self, service: str) -> Any:
        """The boto3 client of a service, made once. `target.clients` itself is a `Clients`."""
        return client(service, self.region, self.endpoint_url)


def client(service: str, region: str, endpoint_url: str | None) -> Any:
    """The boto3 client of a service, made once. Any thread."""
    import boto3  # 0.3 s: not for --help
    from botocore.config import Config

    key = (service, region, endpoint_url)
    with _making:  # the default session is not made for several threads
        if key not in _made:
            config = Config(
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 1 if endpoint_url else 5},
                proxies={} if endpoint_url else None,
            )
            _made[key] = boto3.client(service, region_name=region, endpoint_url=endpoint_url, config=config)  # type: ignore[call-overload]  # any service
        return _made[key]
