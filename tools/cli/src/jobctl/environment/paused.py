"""Paused services and their settings before the pause, kept as JSON in one SSM parameter.

`/{project}/{environment}/paused` is made by Terraform as `{}`, which then ignores its value:

    {"main-job": {"pausedAt": "2026-01-01T00:00:00Z", "desiredCount": 2,
                  "suspendedState": {"DynamicScalingInSuspended": false, ...}}}

`jobctl pause` writes it and `jobctl resume` removes it again; deployments only read it, and leave a paused service paused.
A service is listed from before its first change until after its last one, so an interrupted `pause` or `resume` can be run again to the end.
SSM has no conditional write: each write is read back, and repeated where another person's came between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobctl.errors import CommandError

if TYPE_CHECKING:
    from jobctl.environment.target import Outputs, Target

WRITES = 5
"""Tries of one write, should others write at the same moment."""


@dataclass(frozen=True)
class BeforePause:
    """A service's settings before it was paused.

    `suspended_state` is Application Auto Scaling's; None: it had no scalable target. `paused_at` is ISO 8601 in UTC.
    """

    paused_at: str
    desired_count: int
    suspended_state: Mapping[str, bool] | None


def read_paused(ssm: Any, name: str) -> dict[str, BeforePause]:
    """The paused services by name; none where the parameter is not there.

    Raises:
        CommandError: it holds something else.
        botocore.exceptions.ClientError: no permission.
    """
    try:
        text = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return {}
    try:
        return {service: _former(stored) for service, stored in json.loads(text).items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(
            f"The SSM parameter {name} is not what `jobctl pause` writes: {type(error).__name__} {error}.",
            "set it to {} and set desired count and scaling of the paused services by hand",
        ) from error


def paused_services(target: Target, outputs: Outputs) -> dict[str, BeforePause]:
    """Those of a stack, by its outputs; none where it is older than pausing. Raises as `read_paused`."""
    name = outputs.get("ssm_paused_parameter_name")
    return read_paused(target.clients("ssm"), name) if name else {}


def paused_notice(service: str, former: BeforePause) -> str:
    """A sentence for a person: that the service is paused, since when, its former settings, and the command that ends it."""
    many = f"{former.desired_count} task{'' if former.desired_count == 1 else 's'}"
    return f"{service} has been paused since {former.paused_at} (it had {many}); `jobctl resume {service}` resumes it."


def add_paused(ssm: Any, name: str, service: str, former: BeforePause) -> None:
    """Add a service to the paused ones. Raises as `read_paused`."""
    _write(ssm, name, lambda paused: {**paused, service: former}, service)


def remove_paused(ssm: Any, name: str, service: str) -> None:
    """Remove a service from the paused ones. Raises as `read_paused`."""
    _write(ssm, name, lambda paused: {one: kept for one, kept in paused.items() if one != service}, service)


def _write(
    ssm: Any, name: str, change: Callable[[dict[str, BeforePause]], dict[str, BeforePause]], service: str
) -> None:
    for _ in range(WRITES):
        wanted = change(read_paused(ssm, name))
        text = json.dumps({one: _stored(former) for one, former in wanted.items()}, sort_keys=True)
        ssm.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)
        if read_paused(ssm, name).get(service) == wanted.get(service):
            return
    raise CommandError(
        f"The SSM parameter {name} did not keep what was written, {WRITES} times.",
        "see who else pauses services, then try again",
    )


def _former(stored: Mapping[str, Any]) -> BeforePause:
    state = stored["suspendedState"]
    return BeforePause(str(stored["pausedAt"]), int(stored["desiredCount"]), None if state is None else dict(state))


def _stored(former: BeforePause) -> dict[str, Any]:
    return {
        "pausedAt": former.paused_at,
        "desiredCount": former.desired_count,
        "suspendedState": None if former.suspended_state is None else dict(former.suspended_state),
    }
