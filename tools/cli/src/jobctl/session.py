"""The stack and the credentials of a run of `jobctl`, from options, environment and a file.

For each setting the first source that has it wins: the option, the environment, the file ($JOBS_CONFIG, else ~/.config/jobs/config.toml):

    project = "shop"
    environment = "dev"

    [environments.prod]
    profile = "shop-prod"
    region = "eu-central-1"

Settings under `environments.NAME` hold for that environment alone and take precedence over those above. Credentials are found as boto3 finds them.
The clients may be used from any thread.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from jobctl.credentials import guard
from jobctl.environment.target import Target
from jobctl.errors import NotAllowedError, UsageError
from jobqueue.client import JobClient
from jobqueue.client.stack import Stack, find_stack

ENVIRONMENT_NAMES: Mapping[str, tuple[str, ...]] = {
    "project": ("JOBS_PROJECT",),
    "environment": ("JOBS_ENVIRONMENT",),
    "profile": ("AWS_PROFILE",),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "endpoint_url": ("AWS_ENDPOINT_URL",),
}
READ_SECONDS = 60
ATTEMPTS = 5
"""Attempts at one call: with boto3's standard backoff about 10 s of throttling."""
RECORD_ATTEMPTS = 2
"""At one of DynamoDB: what job records do not answer, the logs do."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Settings that were asked for; None: not set. Names as in the AWS CLI."""

    project: str | None = None
    environment: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


def resolve_options(options: SessionOptions, environ: Mapping[str, str]) -> SessionOptions:
    """The settings, completed from the environment and the file.

    Raises:
        UsageError: the file cannot be read.
    """
    there, path = _file(environ)
    environments = there.get("environments", {})
    if not isinstance(environments, dict) or not all(isinstance(one, dict) for one in environments.values()):
        raise UsageError(
            f"{path}: an environment must be a table.", "write [environments.NAME], and its settings below"
        )
    found: dict[str, str | None] = {}
    for name, variables in ENVIRONMENT_NAMES.items():
        given = getattr(options, name) or next((environ[one] for one in variables if environ.get(one)), None)
        special = environments.get(found.get("environment"), {})
        value = given or special.get(name) or there.get(name)
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{path}: {name} must be text.", f'write {name} = "..."')
        found[name] = value
    return SessionOptions(**found)


def _path(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or "~").expanduser() / ".config")
    return Path(environ.get("JOBS_CONFIG") or home / "jobs" / "config.toml")


def _file(environ: Mapping[str, str]) -> tuple[dict[str, Any], Path]:
    path = _path(environ)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), path
    except FileNotFoundError as error:
        if environ.get("JOBS_CONFIG"):
            raise UsageError(f"No file {path} (JOBS_CONFIG).", "name an existing file, or unset it") from error
        return {}, path
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"Cannot read {path}: {error}.", "correct it, or name another with JOBS_CONFIG") from error


@dataclass(frozen=True)
class StackTarget(Target):
    """A target with the clients of a session."""

    session: Session | None = field(default=None, hash=False, compare=False)

    def clients(self, service: str) -> Any:
        """See `Session.client`."""
        assert self.session is not None
        return self.session.client(service)


class Session:
    """Owns the clients and the stack, each made on first use."""

    def __init__(self, options: SessionOptions, environ: Mapping[str, str] = os.environ) -> None:
        self._asked = options
        self._environ = environ
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    @cached_property
    def options(self) -> SessionOptions:
        """The settings from all sources.

        Raises:
            UsageError: project or environment is not set.
        """
        options = resolve_options(self._asked, self._environ)
        for name in ("project", "environment"):
            if not getattr(options, name):
                raise UsageError(
                    f"No {name} given.",
                    f"add --{name} NAME, set JOBS_{name.upper()}, or set `{name}` in {_path(self._environ)}",
                )
        return options

    @cached_property
    def stack(self) -> Stack:
        """The stack, read from its SSM parameter.

        Raises:
            NotFoundError, CommandError: see `find_stack`.
            botocore.exceptions.ClientError, BotoCoreError: SSM could not be asked.
        """
        options = self.options
        assert options.project is not None
        assert options.environment is not None
        return find_stack(self.client("ssm"), options.project, options.environment)

    @cached_property
    def jobs(self) -> JobClient:
        """The client of the stack's jobs. Raises as `stack`."""
        stack = self.stack
        groups = [service.log_group for service in stack.with_job_logs]
        return JobClient(
            queue_url=stack.trigger_service.queue_url,
            table=stack.job_table,
            log_groups=groups,
            clients=self.client,
            environ={},
        )

    @cached_property
    def target(self) -> Target:
        """The environment, for those who read its state."""
        stack = self.stack
        return StackTarget(
            stack.project,
            stack.environment,
            stack.region,
            stack.account,
            endpoint_url=self.options.endpoint_url,
            session=self,
        )

    def client(self, service: str) -> Any:
        """The boto3 client of a service. Any thread.

        Raises:
            NotAllowedError: there is no such profile, or its credentials cannot be loaded.
            UsageError: no Region is set, or the endpoint is no URL.
            botocore.exceptions.BotoCoreError: an invalid Region, a configuration file that cannot be read.
        """
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def _made(self, service: str) -> Any:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        url = self._endpoint(service)
        config = Config(
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": RECORD_ATTEMPTS if service == "dynamodb" else ATTEMPTS},
            proxies={} if url else None,
        )
        try:
            return self._boto.client(service, endpoint_url=url, config=config)
        except BotoCoreError:
            raise
        except ValueError as error:  # boto3's own word for an address
            where = "--endpoint-url" if url else "endpoint_url in ~/.aws/config (or AWS_ENDPOINT_URL_...)"
            raise UsageError(f"{error}.", f"write {where} as http://HOST:PORT") from error

    def _endpoint(self, service: str) -> str | None:
        """The option, else the service's own variable, else the one for all services: the AWS CLI's order."""
        from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES as SERVICE_IDS

        variable = f"AWS_ENDPOINT_URL_{SERVICE_IDS.get(service, service).replace('-', '_').upper()}"
        return self._asked.endpoint_url or self._environ.get(variable) or self.options.endpoint_url

    @cached_property
    def _boto(self) -> Any:
        import boto3  # 0.3 s: not for --help
        import botocore.session
        from botocore.exceptions import ProfileNotFound

        options, core = self.options, botocore.session.get_session()
        try:
            session = boto3.Session(botocore_session=core, profile_name=options.profile, region_name=options.region)
            guard(core)
        except ProfileNotFound as error:
            raise NotAllowedError(
                f"No profile {options.profile} in the AWS configuration.",
                "choose one of `aws configure list-profiles` with --profile or AWS_PROFILE",
            ) from error
        if not session.region_name:
            raise UsageError("No Region given.", "add --region NAME, set AWS_REGION, or set `region` in the profile")
        return session
