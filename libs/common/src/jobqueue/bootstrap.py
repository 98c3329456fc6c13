"""Start of a service, in the main thread: joins adapters to the consumer's ports.

Order matters for the time to the first receive: settings before boto3 is loaded, the look at the job log's group while the looks at the queues
wait for their answers, telemetry's SDK while the first long poll is already waiting.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from jobqueue.arenas import keep_few_arenas
from jobqueue.cloudwatch.errors import LogGroupError
from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.consumer.consumer import Consumer, Parts
from jobqueue.consumer.current import current_job
from jobqueue.consumer.policy import ConsumerPolicy, StopPolicy, check_together
from jobqueue.consumer.ports import QueueError
from jobqueue.consumer.settle_calls import Step
from jobqueue.consumer.synthetic import SyntheticTriggers
from jobqueue.ecs.health_file import HealthFile, HealthSettings
from jobqueue.ecs.service import EcsSettings
from jobqueue.ecs.task_id import task_id
from jobqueue.ecs.task_protection import task_protection
from jobqueue.leaving import leave
from jobqueue.settings import SettingError, explain, load, load_all
from jobqueue.signals import obey_stop_signals
from jobqueue.sqs.settings import SqsSettings, check_credentials
from jobqueue.telemetry.export_plan import ExportPlan
from jobqueue.telemetry.logs import setup_logging
from jobqueue.telemetry.setup import Telemetry

if TYPE_CHECKING:
    from boto3.session import Session

    from jobqueue.cloudwatch.job_logs import CloudWatchJobLogs
    from jobqueue.consumer.catalogue import Catalogue
    from jobqueue.line_writer import LineWriter
    from jobqueue.telemetry.observer import OtelObserver
    from jobqueue.telemetry.passive import PassiveObserver

logger = logging.getLogger(__name__)
Group = TypeVar("Group")

SETTINGS_EXIT_CODE = 64
"""EX_USAGE of sysexits.h: the settings are wrong; starting again does not help."""

UNAVAILABLE_EXIT_CODE = 69
"""EX_UNAVAILABLE: a queue cannot be used (missing, no permission, bad credentials, not reached), or the job log's group cannot be written."""

GROUPS = (SqsSettings, ConsumerPolicy, StopPolicy, HealthSettings, EcsSettings)
"""The settings of every service."""

JOB_LOG_GROUPS = (JobLogSettings,)
"""Those of a service whose jobs have a log stream of their own."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """What differs from one service to another. `job_logs`: each job has a log stream.

    `next_queue_url`: the queue for jobs that follow triggers and jobs that handlers send; a background job's may be its own queue.

    `synthetic_seconds`: how often the service sends a trigger to its own queue, to test itself.
    """

    name: str
    version: str
    catalogue: Catalogue
    queue_url: str
    dead_letter_url: str
    next_queue_url: str | None = None
    job_logs: bool = False
    synthetic_seconds: float | None = None


def settings_of(group: type[Group], service: str, environ: Mapping[str, str], *, job_logs: bool = False) -> Group:
    """Reads a service's own settings, or ends the process with a line for every fault, those of the runtime's settings included."""
    try:
        return load(group, environ)
    except SettingError as error:
        own = error
    try:
        _runtime(environ, job_logs=job_logs)
    except SettingError as error:
        own = SettingError(f"{own}\n{error}")
    raise SystemExit(_refused(service, own))


@dataclass(frozen=True)
class _Runtime:
    """The settings of the runtime."""

    aws: SqsSettings
    policy: ConsumerPolicy
    stop: StopPolicy
    health: HealthSettings
    ecs: EcsSettings
    job_logs: JobLogSettings | None = None


def _runtime(environ: Mapping[str, str], *, job_logs: bool) -> _Runtime:
    """Raises SettingError with the faults of all groups, and of telemetry's variables."""
    groups = (*GROUPS, *JOB_LOG_GROUPS) if job_logs else GROUPS
    found = load_all(groups, environ, partial(ExportPlan.read, environ), partial(check_credentials, environ))
    runtime = _Runtime(*found[: len(groups)])
    check_together(runtime.policy, runtime.stop)
    return runtime


def help_text(own: type, *, job_logs: bool = False) -> str:
    """The part of `--help` about the environment."""
    groups = (own, *JOB_LOG_GROUPS, *GROUPS) if job_logs else (own, *GROUPS)
    standard = "Telemetry: the standard OTEL_* variables; nothing is exported without OTEL_EXPORTER_OTLP_ENDPOINT."
    return f"environment:\n{explain(groups)}\n\n{standard}\nAWS: the standard AWS_* variables and the task's role."


def serve(service: Service, environ: Mapping[str, str]) -> int:
    """Runs the service until it is told to stop, then ends the process; gives the exit code of one that does not start.

    Main thread only: it sets signal handlers.
    """
    try:
        code = _serve(service, environ)
    except SettingError as error:
        return _refused(service.name, error)
    except (QueueError, LogGroupError) as error:
        print(f"{service.name}: {error}", file=sys.stderr)  # noqa: T201 (the one line that says why it does not start)
        return UNAVAILABLE_EXIT_CODE
    except Exception:  # noqa: BLE001 (said as it would be, and then its end is bounded too)
        sys.excepthook(*sys.exc_info())
        code = 1
    return leave(code)


def _serve(service: Service, environ: Mapping[str, str]) -> int:
    keep_few_arenas()
    _refuse_senders_without_queue(service)
    runtime = _runtime(environ, job_logs=service.job_logs)
    aws, policy, stop = runtime.aws, runtime.policy, runtime.stop
    telemetry = Telemetry(service.name, service.version, environ)
    lines = setup_logging(service.name, service.version, aws.log_level).lines
    from jobqueue.sqs.client import aws_session  # the late imports bring boto3
    from jobqueue.sqs.queue import queue_name
    from jobqueue.sqs.queues import open_clients, open_queues

    session = aws_session()
    clients = open_clients(
        session,
        aws,
        source_url=service.queue_url,
        polls=policy.max_polls,
        poll_seconds=policy.poll_wait_seconds,
        calls=len(Step) * policy.settle_calls + policy.max_concurrency,
        call_seconds=policy.settle_call_seconds,
    )
    observer = telemetry.observer(queue_name(service.queue_url))
    job_logs = _job_logs(runtime.job_logs, aws, session, observer, lines, environ)
    first_look = None if job_logs is None else job_logs.look()
    queues = open_queues(
        clients,
        aws,
        source_url=service.queue_url,
        dead_letter_url=service.dead_letter_url,
        next_url=service.next_queue_url,
        lease_seconds=policy.lease_seconds,
        max_receive_count=policy.max_receive_count,
        may_feed_itself=not service.catalogue.follows,
    )
    address = urlsplit(service.queue_url).hostname
    consumer = Consumer(
        Parts(
            queue=telemetry.queue(queues.source, address),
            dead_letters=telemetry.sender(queues.dead_letters, address, letters=True),
            again=queues.again,  # not watched: a copy is no further message, and keeps its trace
            sender=None if queues.next is None else telemetry.sender(queues.next, address),
            catalogue=service.catalogue,
            policy=policy,
            stop=stop,
            observer=observer,
            job_logs=job_logs,
            protection=task_protection(environ, runtime.ecs.ecs_service_arn),
            beats=HealthFile(runtime.health.health_file),
            service=service.name,
            version=service.version,
            retention_seconds=queues.retention_seconds,
            task=task_id(environ),
        )
    )
    if first_look is not None:
        first_look.await_answer()
    obey_stop_signals(consumer.drain, consumer.stop_now)
    telemetry.start()
    synthetic = None
    if service.synthetic_seconds is not None:
        synthetic = SyntheticTriggers(queues.again, service.synthetic_seconds)
        synthetic.start()
    code = consumer.run()
    if synthetic is not None:
        synthetic.stop()
    telemetry.flush(stop.telemetry_flush_seconds)
    return code


def _refuse_senders_without_queue(service: Service) -> None:
    """Raises SettingError where a handler may send further jobs and the service has no queue for them."""
    if service.next_queue_url is None and (senders := service.catalogue.senders):
        raise SettingError(
            f"{', '.join(senders)}: said to send further jobs (HandlerOptions.sends), and this service has no queue to send them to. "
            "Give it one: Service(next_queue_url=...)"
        )


def _job_logs(
    settings: JobLogSettings | None,
    aws: SqsSettings,
    session: Session,
    observer: OtelObserver | PassiveObserver,
    lines: LineWriter,
    environ: Mapping[str, str],
) -> CloudWatchJobLogs | None:
    if settings is None:
        return None
    from jobqueue.cloudwatch.client import logs_client  # (as above)
    from jobqueue.cloudwatch.job_logs import CloudWatchJobLogs

    return CloudWatchJobLogs(
        logs_client(region=aws.aws_region, connections=settings.job_log_shippers, session=session),
        settings,
        task=task_id(environ),
        on_overflow=observer.job_log_overflowed,
        on_undelivered=observer.job_log_undelivered,
        lines=lines,
        trace_id=_current_trace_id,
    )


def _current_trace_id() -> str:
    ids = current_job.get()
    return "" if ids is None else ids.trace_id


def _refused(service: str, error: SettingError) -> int:
    """Prints what is wrong with the settings; gives the exit code."""
    for line in str(error).splitlines():
        print(f"{service}: {line}", file=sys.stderr)  # noqa: T201 (read by the person who starts it)
    print(f"{service}: not started. `{service} --help` lists all settings.", file=sys.stderr)  # noqa: T201
    return SETTINGS_EXIT_CODE
