"""The description of a stack, read from one SSM parameter that Terraform writes.

The parameter `/{project}/{environment}/stack` is a String of JSON (infra/terraform/modules/discovery): names and URLs, never a secret. No Terraform
state is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobqueue.client.errors import InvalidRequestError, JobClientError, NotFoundError

FORMAT = 1
"""Format of the parameter. A higher one may have names that this code does not know."""


@dataclass(frozen=True, slots=True)
class StackService:
    """One service. `job_logs`: whether its jobs have log streams of their own, in `log_group`, beside its containers' output, whose streams begin
    with `log_stream_prefix`. `receives` and `sends` are queues by their short names; `queue_url` is the one that it receives from.
    """

    name: str
    ecs_service: str
    log_group: str
    log_stream_prefix: str
    job_logs: bool
    receives: str
    sends: tuple[str, ...]
    queue_url: str
    dead_letter_url: str


@dataclass(frozen=True, slots=True)
class Stack:
    """One environment of one project, as Terraform made it. `services` by name, in the order of their names. `log_groups`: `ecs`,
    `metrics`. `job_table`: that of job records; None: it keeps none."""

    project: str
    environment: str
    region: str
    account: str
    cluster: str
    services: Mapping[str, StackService]
    job_table: str | None
    log_groups: Mapping[str, str]
    dashboard: str
    paused_parameter: str

    @property
    def name(self) -> str:
        """The prefix of the names of all its resources."""
        return f"{self.project}-{self.environment}"

    @property
    def trigger_service(self) -> StackService:
        """The service that receives the triggers: no other service sends to its queue, and of those that is true of, its jobs have no logs of
        their own."""
        sent = {queue for one in self.services.values() for queue in one.sends if queue != one.receives}
        return min(self.services.values(), key=lambda one: (one.receives in sent, one.job_logs))

    def named(self, service: str | None) -> Mapping[str, StackService]:
        """The service that a person named, alone; all of them where none was named. Raises InvalidRequestError: there is no such service."""
        if service is None:
            return self.services
        if service not in self.services:
            raise InvalidRequestError(f"No service {service!r}.", f"choose one of {', '.join(self.services)}")
        return {service: self.services[service]}

    @property
    def with_job_logs(self) -> list[StackService]:
        """The services that write job logs."""
        return [service for service in self.services.values() if service.job_logs]


_COPIED = tuple(one for one in Stack.__slots__ if one not in ("project", "environment", "services", "job_table"))


def parameter_name(project: str, environment: str) -> str:
    """The name of the SSM parameter that describes the stack."""
    return f"/{project}/{environment}/stack"


def find_stack(ssm: Any, project: str, environment: str) -> Stack:
    """The stack of that name in the account and Region of the client.

    Raises:
        NotFoundError: there is no such parameter; the text names it.
        JobClientError: it holds something else.
        botocore.exceptions.ClientError, BotoCoreError: SSM could not be asked.
    """
    name = parameter_name(project, environment)
    try:
        text = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        region = ssm.meta.region_name
        raise NotFoundError(
            f"No stack {project}-{environment} in {region}: there is no SSM parameter {name}.",
            "check project, environment, Region and credentials; "
            "an older deployment gets the parameter with the next `nox -s deploy`",
        ) from None
    return read_stack(project, environment, text)


def read_stack(project: str, environment: str, text: str) -> Stack:
    """The stack that the parameter's value describes.

    Raises:
        JobClientError: it is not what Terraform writes.
    """
    name = parameter_name(project, environment)
    try:
        document = json.loads(text)
        if document["format"] > FORMAT:
            raise JobClientError(
                f"The SSM parameter {name} has format {document['format']}; this code knows {FORMAT}.",
                "install a version as new as the deployment",
            )
        return Stack(
            project=project,
            environment=environment,
            services={one: _service(one, document["services"][one]) for one in sorted(document["services"])},
            job_table=document.get("job_table"),
            **{one: document[one] for one in _COPIED},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobClientError(
            f"The SSM parameter {name} does not describe a stack: {type(error).__name__} {error}.",
            "apply the stack's Terraform again (`nox -s deploy`), with this version of the code",
        ) from error


def _service(name: str, document: Mapping[str, Any]) -> StackService:
    fields = {one: document[one] for one in StackService.__slots__ if one not in ("name", "sends")}
    return StackService(name=name, sends=tuple(document["sends"]), **fields)
