"""What all services of a process share: the wire, the Region, the credentials, the way to endpoints. Made once, by the main thread.

Where the environment says everything, as in a task on Fargate, botocore is not imported. In all other cases it finds them (`BotocoreSession`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol as Interface
from urllib.parse import urlsplit

from jobqueue.aws.credentials import Found, Rotating, of_environment
from jobqueue.aws.network import authorities, proxy
from jobqueue.aws.service import Protocol, Service
from jobqueue.aws.wire import Wire
from jobqueue.settings import SettingError

_KNOWN = re.compile(r"(?:[a-z]{2}|us-gov)-[a-z]+-\d+")
"""Regions of the partitions aws, aws-cn and aws-us-gov; the names of all others have another shape."""

_MORE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
"""Variables that need more than the environment, or that only botocore knows how to obey."""


class Surroundings(Interface):
    """Where a process is in AWS, and who it is there. `authorities`: the profile's file of them."""

    region: str
    authorities: str | None

    def endpoint(self, service: str, variable: str) -> str:
        """The address of a service; `variable` is the service's own variable for it. Raises SettingError."""

    def fetch(self) -> Found:
        """Raises CredentialsError."""


class Session:
    """Makes services."""

    def __init__(self, region: str | None, environ: Mapping[str, str]) -> None:
        """Raises SettingError: no Region, or a setting of AWS's own that cannot be used."""
        self._found = _surroundings(region, environ)
        self.region = self._found.region
        self._wire = Wire(authorities(environ, self._found.authorities))
        self._credentials = Rotating(self._found.fetch)

    def service(self, protocol: Protocol, *, seconds: float) -> Service:
        """One service; its calls end after `seconds` unless they say otherwise. Raises SettingError: its address cannot be used."""
        url = self._found.endpoint(protocol.name, f"AWS_ENDPOINT_URL_{protocol.variable}")
        return Service(self._wire, protocol, url, self.region, self._credentials, seconds=seconds, proxy=proxy(url))


def _surroundings(region: str | None, environ: Mapping[str, str]) -> Surroundings:
    files = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    fetch, region = of_environment(environ), region or environ.get("AWS_DEFAULT_REGION")
    if (
        fetch is not None
        and region is not None
        and _KNOWN.fullmatch(region)
        and not any(environ.get(name) for name in _MORE)
        and not any(Path(environ.get(name) or default).expanduser().is_file() for name, default in files)
    ):
        return _Environment(region, fetch, environ)
    from jobqueue.aws.botocore_session import BotocoreSession  # late: see there

    return BotocoreSession(region, environ)


class _Environment:
    """Implements `Surroundings` without botocore."""

    authorities: str | None = None

    def __init__(self, region: str, fetch: Callable[[], Found], environ: Mapping[str, str]) -> None:
        self.region = region
        self.fetch = fetch
        self._environ = environ

    def endpoint(self, service: str, variable: str) -> str:
        """See the interface."""
        for name in (variable, "AWS_ENDPOINT_URL"):
            if url := self._environ.get(name):
                parts = urlsplit(url)
                if parts.scheme not in ("http", "https") or not parts.hostname:
                    raise SettingError(f"{name}: Invalid endpoint: {url}")
                return url
        return f"https://{service}.{self.region}.amazonaws.com{'.cn' if self.region.startswith('cn-') else ''}"
