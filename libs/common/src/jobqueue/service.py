"""What a service declares of itself in its `__main__`, its command line, and its settings as read at start."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from functools import partial
from pathlib import Path

from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.consumer.policy import ConsumerPolicy, StopPolicy, check_together
from jobqueue.dynamodb.settings import RecordSettings
from jobqueue.ecs.health_file import HealthSettings
from jobqueue.ecs.service import EcsSettings
from jobqueue.eventbridge.settings import EventSettings
from jobqueue.installed import version_of
from jobqueue.settings import Role, explain, load_all
from jobqueue.sqs.settings import SqsSettings, check_credentials
from jobqueue.telemetry.export_plan import ExportPlan

GROUPS = (SqsSettings, ConsumerPolicy, StopPolicy, HealthSettings, EcsSettings, RecordSettings, EventSettings)
"""The settings of every service."""

JOB_LOG_GROUPS = (JobLogSettings,)
"""Those of a service whose jobs have a log stream of their own."""

SYNTHETIC_SECONDS = 5.0

QUEUE_URL = "_queue_url"
"""How the names of settings end that are a queue's URL."""


@dataclass(frozen=True)
class Service:
    """What differs from one service to another.

    Attributes:
        name: That of its folder, its distribution and its ECS service.
        settings: A frozen dataclass of `setting()` fields. One has `role="receives"`, one `role="dead_letters"`; each with `role="sends"` is a
            queue for jobs that follow triggers and for those that handlers send. The field `report_jobs_queue_url` is that of the queue
            "report-jobs". The handlers of a `JobCatalogue` may send to the queue that they receive from, too. With more than one queue to send
            to, the catalogue's `routes` say which jobs go where.
        catalogue: Its table, as `"module:name"`; imported once the settings are known to be right.
        job_logs: Each job has a log stream of its own.
        synthetic: It can send triggers to its own queue, to test itself (`--synthetic`).
    """

    name: str
    _: KW_ONLY
    settings: type
    catalogue: str
    job_logs: bool = False
    synthetic: bool = False

    @property
    def own_names(self) -> frozenset[str]:
        """The names in the environment of what its settings declare, but for its queues."""
        fields = dataclasses.fields(self.settings)
        return frozenset(field.name.upper() for field in fields if field.metadata.get("role") is None)

    def __post_init__(self) -> None:
        """Raises TypeError where the settings declare no queue to receive from, or two, or a queue whose name they do not tell."""
        roles = {field.name: field.metadata.get("role") for field in dataclasses.fields(self.settings)}
        for role in ("receives", "dead_letters"):
            count = list(roles.values()).count(role)
            if count != 1:
                raise TypeError(f"{self.settings.__name__} must have one setting with role={role!r}, not {count}")
        for name, declared in roles.items():
            if declared in ("receives", "sends") and not name.endswith(QUEUE_URL):
                raise TypeError(
                    f"{self.settings.__name__}.{name} must end in {QUEUE_URL}: its queue is named by what is before"
                )


@dataclass(frozen=True)
class ServiceSettings:
    """All that a service reads from its environment but telemetry's variables, which the SDK reads."""

    own: object
    aws: SqsSettings
    policy: ConsumerPolicy
    stop: StopPolicy
    health: HealthSettings
    ecs: EcsSettings
    records: RecordSettings
    events: EventSettings
    job_logs: JobLogSettings | None = None

    @classmethod
    def read(cls, service: Service, environ: Mapping[str, str]) -> ServiceSettings:
        """Raises SettingError with the faults of all groups, and of telemetry's variables."""
        groups = (service.settings, *GROUPS, *(JOB_LOG_GROUPS if service.job_logs else ()))
        found = load_all(groups, environ, partial(ExportPlan.read, environ), partial(check_credentials, environ))
        settings = cls(*found[: len(groups)])
        check_together(settings.policy, settings.stop)
        return settings

    def queue_urls(self, role: Role) -> Mapping[str, str]:
        """The URLs of its queues of this role, by the names that Terraform and routes have for them."""
        fields = dataclasses.fields(self.own)  # type: ignore[arg-type]
        names = [field.name for field in fields if field.metadata.get("role") == role]
        return {name.removesuffix(QUEUE_URL).replace("_", "-"): getattr(self.own, name) for name in names}


class _CommandLine(argparse.ArgumentParser):
    """Its help is written when it is asked for: every start makes one."""

    def __init__(self, service: Service) -> None:
        super().__init__(prog=service.name, formatter_class=argparse.RawDescriptionHelpFormatter)
        self._service = service

    def format_help(self) -> str:
        from importlib.metadata import metadata  # late, see `installed`

        groups = (self._service.settings, *(JOB_LOG_GROUPS if self._service.job_logs else ()), *GROUPS)
        self.description = metadata(self._service.name)["Summary"]
        self.epilog = (
            f"environment:\n{explain(groups)}\n\n"
            "Telemetry: the standard OTEL_* variables; nothing is exported without OTEL_EXPORTER_OTLP_ENDPOINT.\n"
            "AWS: the standard AWS_* variables and the task's role."
        )
        return super().format_help()


def command_line(service: Service) -> argparse.ArgumentParser:
    """The options of a service; `--help` lists its settings."""
    parser = _CommandLine(service)
    parser.add_argument("--version", action="version", version=f"{service.name} {version_of(service.name)}")
    parser.add_argument(
        "--env-file",
        type=Path,
        metavar="FILE",
        help="lines NAME=VALUE, for variables that the environment does not have; none of AWS's",
    )
    if service.synthetic:
        parser.add_argument(
            "--synthetic", action="store_true", help="also send triggers of its own through the trigger queue"
        )
        parser.add_argument(
            "--every", type=_seconds, default=SYNTHETIC_SECONDS, metavar="5s", help="how often, with --synthetic"
        )
    return parser


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)?", text)
    if match is None or float(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration like 500ms, 5s or 1m")
    return float(match[1]) * {"ms": 0.001, "s": 1, "m": 60, None: 1}[match[2]]
