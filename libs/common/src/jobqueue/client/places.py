"""Where jobs are sent, recorded and logged: what the caller names, else `JOB_` variables, else the stack of a project and an environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

from jobqueue.client.errors import InvalidRequestError
from jobqueue.client.stack import Stack, find_stack

QUEUE_URL, TABLE, LOG_GROUPS = "JOB_QUEUE_URL", "JOB_TABLE", "JOB_LOG_GROUPS"
PROJECT, ENVIRONMENT = "JOBS_PROJECT", "JOBS_ENVIRONMENT"

Clients = Callable[[str], Any]
"""boto3's client of a service, by the service's name. Any thread."""


class Places:
    """Each is looked up when it is first asked for. Any thread."""

    def __init__(
        self,
        project: str | None,
        environment: str | None,
        *,
        queue_url: str | None,
        table: str | None,
        log_groups: Sequence[str],
        clients: Clients,
        environ: Mapping[str, str],
    ) -> None:
        self._project = project or environ.get(PROJECT)
        self._environment = environment or environ.get(ENVIRONMENT)
        self._queue_url = queue_url or environ.get(QUEUE_URL)
        self._table = table or environ.get(TABLE)
        self._log_groups = tuple(log_groups) or tuple(filter(None, environ.get(LOG_GROUPS, "").split(",")))
        self._clients = clients

    @property
    def queue_url(self) -> str:
        """The queue of the triggers.

        Raises:
            InvalidRequestError: nobody names it. NotFoundError, JobClientError: see `find_stack`.
        """
        return self._queue_url or self._known("queue_url", QUEUE_URL).trigger_service.queue_url

    @property
    def table(self) -> str | None:
        """The table of job records; None: the stack has none, or nobody names one."""
        if self._table or not (self._project and self._environment):
            return self._table
        return self._stack.job_table

    @property
    def log_groups(self) -> Sequence[str]:
        """The log groups that hold the logs of jobs. Raises as `queue_url`."""
        if self._log_groups:
            return self._log_groups
        return [service.log_group for service in self._known("log_groups", LOG_GROUPS).with_job_logs]

    def _known(self, argument: str, variable: str) -> Stack:
        if not (self._project and self._environment):
            raise InvalidRequestError(
                f"Nobody says where jobs are: there is no {argument}, and no project with an environment.",
                f"give JobClient a project and an environment ({PROJECT}, {ENVIRONMENT}), or {argument} ({variable})",
            )
        return self._stack

    @cached_property
    def _stack(self) -> Stack:
        assert self._project
        assert self._environment
        return find_stack(self._clients("ssm"), self._project, self._environment)


class BotoClients:
    """`Clients` of a boto3 session, each made at first use: making one takes 50 ms, and boto3 does not allow it of two threads at once."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        self._session: Any = None
        self._lock = Lock()

    def __call__(self, service: str) -> Any:
        with self._lock:
            if service not in self._made:
                import boto3  # 0.3 s: not for who brings its own clients

                self._session = self._session or boto3.Session()
                self._made[service] = self._session.client(service)
            return self._made[service]
