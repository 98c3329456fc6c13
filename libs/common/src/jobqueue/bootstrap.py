"""Start of a service, in the main thread: joins adapters to the consumer's ports.

Order matters for the time to the first receive: the look at the job log's group while the looks at the queues wait for their answers, telemetry's SDK
while the first long poll is already waiting.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pkgutil import resolve_name
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobqueue.aws.service import DYNAMODB, ECS, EVENTBRIDGE, LOGS, SQS
from jobqueue.aws.session import Session
from jobqueue.cloudwatch.calls import CALL_SECONDS
from jobqueue.cloudwatch.errors import LogGroupError
from jobqueue.cloudwatch.job_logs import CloudWatchJobLogs
from jobqueue.consumer.consumer import Consumer, ConsumerDependencies
from jobqueue.consumer.current import current_job
from jobqueue.consumer.end_events import EVENT_CALL_SECONDS
from jobqueue.consumer.handler_policies import HandlerPolicies
from jobqueue.consumer.job_records import Keeping, RecordsError
from jobqueue.consumer.ports import QueueError
from jobqueue.consumer.resources import OpeningStopped, Resources, ResourcesError
from jobqueue.consumer.routes import Senders
from jobqueue.consumer.synthetic import SyntheticTriggers
from jobqueue.ecs.health_file import HealthFile
from jobqueue.ecs.service import CALL_SECONDS as ECS_CALL_SECONDS
from jobqueue.ecs.service import EcsService
from jobqueue.ecs.task_id import task_id
from jobqueue.ecs.task_protection import task_protection
from jobqueue.installed import version_of
from jobqueue.leaving import leave
from jobqueue.service import QUEUE_URL, ServiceSettings, command_line
from jobqueue.settings import SettingError, read_env_file
from jobqueue.signals import obey_stop_signals
from jobqueue.sqs.queue import queue_name
from jobqueue.sqs.queues import open_queues
from jobqueue.telemetry.logs import setup_logging
from jobqueue.telemetry.setup import Telemetry

if TYPE_CHECKING:
    from jobqueue.cloudwatch.settings import JobLogSettings
    from jobqueue.consumer.catalogue import Catalogue
    from jobqueue.consumer.routes import Routes
    from jobqueue.line_writer import LineWriter
    from jobqueue.service import Service
    from jobqueue.telemetry.observer import OtelObserver
    from jobqueue.telemetry.passive import PassiveObserver

SETTINGS_EXIT_CODE = 64
"""EX_USAGE of sysexits.h: the settings are wrong; starting again does not help."""

CALL_SHARE = 0.95
"""Of the settler's time for a call: the call is to end before the settler gives it up."""

RECORD_CALL_SHARE = 0.4
"""The same of a call about a job's record, several of which may be made one after the other."""

DEFAULT_RETENTION_SECONDS = 4 * 86_400
"""SQS's, of a queue that does not tell its own."""

UNAVAILABLE_EXIT_CODE = 69
"""EX_UNAVAILABLE: a queue cannot be used (missing, no permission, bad credentials, not reached), the job log's group or the table of job records
cannot be written, or the service's resources cannot be opened."""


def run(service: Service) -> int:
    """Runs a service until it is told to stop, then ends the process; returns the exit code of one that does not start.

    0: drained. 1: stopped by a second signal, or an error. 2: wrong arguments. 64: wrong settings. 69: a queue, the log group or the
    service's resources cannot be used. 70: handlers hang.

    Main thread only: it sets signal handlers.
    """
    arguments = command_line(service).parse_args()
    synthetic_seconds = arguments.every if service.synthetic and arguments.synthetic else None
    try:
        if arguments.env_file is not None:
            for name, value in read_env_file(arguments.env_file).items():
                os.environ.setdefault(name, value)  # for libraries that read variables of their own, too
        code = _run(service, synthetic_seconds, os.environ)
    except SettingError as error:
        for line in (*str(error).splitlines(), f"not started. `{service.name} --help` lists all settings."):
            _complain(service, line)
        return SETTINGS_EXIT_CODE
    except (QueueError, LogGroupError, RecordsError, ResourcesError) as error:
        _complain(service, str(error))
        return UNAVAILABLE_EXIT_CODE
    except OpeningStopped:
        code = 0
    except Exception:  # noqa: BLE001 (said as it would be, and then its end is bounded too)
        sys.excepthook(*sys.exc_info())
        code = 1
    return leave(code)


def _complain(service: Service, line: str) -> None:
    """A line for the person who starts it."""
    print(f"{service.name}: {line}", file=sys.stderr)  # noqa: T201


def _run(service: Service, synthetic_seconds: float | None, environ: Mapping[str, str]) -> int:
    settings = ServiceSettings.read(service, environ)
    aws, policy, stop = settings.aws, settings.policy, settings.stop
    catalogue: Catalogue = resolve_name(service.catalogue)
    HandlerPolicies(policy, catalogue.table)  # its faults are told before any call is made
    [source_url] = settings.queue_urls("receives").values()
    [dead_letter_url] = settings.queue_urls("dead_letters").values()
    next_urls, routes = _next_queues(settings, catalogue)
    table = settings.records.job_table
    if table is None or (catalogue.follows and not settings.records.job_record_triggers):
        _refuse_steps(catalogue)
    version = version_of(service.name)
    telemetry = Telemetry(service.name, version, environ)
    lines = setup_logging(service.name, version, aws.log_level).lines
    session = Session(aws.aws_region, environ)
    sqs = session.service(SQS, seconds=policy.settle_call_seconds * CALL_SHARE)
    observer = telemetry.observer(queue_name(source_url))
    job_logs = _job_logs(settings.job_logs, session, observer, lines, environ)
    startup_check = None if job_logs is None else job_logs.check()
    queues = open_queues(
        sqs,
        aws,
        source_url=source_url,
        dead_letter_url=dead_letter_url,
        next_urls=next_urls,
        lease_seconds=policy.lease_seconds,
        max_receive_count=policy.max_receive_count,
        may_feed_itself=not catalogue.follows,
    )
    records = steps = unique_keys = batches = None
    if table is not None:
        from jobqueue.dynamodb.begun_job_records import BegunDynamoDbJobRecords  # for those who have one
        from jobqueue.dynamodb.job_batches import DynamoDbJobBatches
        from jobqueue.dynamodb.job_steps import DynamoDbJobSteps
        from jobqueue.dynamodb.unique_keys import DynamoDbUniqueKeys

        dynamodb = session.service(DYNAMODB, seconds=policy.settle_call_seconds * RECORD_CALL_SHARE)
        keeping = Keeping(queues.retention_seconds or DEFAULT_RETENTION_SECONDS, settings.records.job_record_days)
        records = BegunDynamoDbJobRecords(dynamodb, table, keeping)
        steps = DynamoDbJobSteps(dynamodb, table, keeping)
        unique_keys = DynamoDbUniqueKeys(dynamodb, table, keeping)
        batches = DynamoDbJobBatches(dynamodb, table, keeping)
        records.check()
    event_bus = None
    if settings.events.job_events_bus is not None:
        from jobqueue.eventbridge.event_bus import EventBridgeBus  # for those who have one

        seconds = min(EVENT_CALL_SECONDS, policy.settle_call_seconds * RECORD_CALL_SHARE)
        event_bus = EventBridgeBus(session.service(EVENTBRIDGE, seconds=seconds), settings.events.job_events_bus)
    address = urlsplit(source_url).hostname
    arn = settings.ecs.ecs_service_arn
    ecs = None if arn is None else EcsService(session.service(ECS, seconds=ECS_CALL_SECONDS), arn)
    resources = Resources(catalogue.resources, settings.own, stop.resources_close_seconds)
    consumer = Consumer(
        ConsumerDependencies(
            queue=telemetry.queue(queues.source, address),
            dead_letters=telemetry.sender(queues.dead_letters, address, letters=True),
            again=queues.again,  # not watched: a copy is no further message, and keeps its trace
            senders=Senders({name: telemetry.sender(one, address) for name, one in queues.next.items()}, routes),
            catalogue=catalogue,
            policy=policy,
            stop=stop,
            observer=observer,
            job_logs=job_logs,
            protection=task_protection(environ, None if ecs is None else ecs.desired_count),
            heartbeat=HealthFile(settings.health.health_file),
            service=service.name,
            version=version,
            retention_seconds=queues.retention_seconds,
            task=task_id(environ),
            settings=settings.own,
            resources=resources,
            records=records,
            steps=steps,
            event_bus=event_bus,
            unique_keys=unique_keys,
            batches=batches,
            record_triggers=settings.records.job_record_triggers,
        )
    )
    if startup_check is not None:
        startup_check.await_answer()

    def drain() -> None:
        consumer.drain()
        resources.stop_opening()

    obey_stop_signals(drain, consumer.stop_now)
    with resources:
        telemetry.start()
        synthetic = None
        if synthetic_seconds is not None:
            synthetic = SyntheticTriggers(queues.again, synthetic_seconds)
            synthetic.start()
        code = consumer.run()
        if synthetic is not None:
            synthetic.stop()
    telemetry.flush(stop.telemetry_flush_seconds)
    return code


def _next_queues(settings: ServiceSettings, catalogue: Catalogue) -> tuple[Mapping[str, str], Routes]:
    """The URLs of the queues that jobs are sent to, by their names, and the routes to them.

    Raises:
        SettingError: a route to a queue that the service cannot send to; or a handler says that it sends jobs, and there is none.
    """
    group = type(settings.own).__name__
    own = settings.queue_urls("receives")
    urls = {**({} if catalogue.follows else own), **settings.queue_urls("sends")}

    def advice(queue: str) -> str:
        if queue in own:
            return "It receives from it: its jobs would come back as triggers"
        field = f"{queue.replace('-', '_')}{QUEUE_URL}"
        return f'Give {group} the setting {field} with role="sends", and name "{queue}" in the service\'s `sends` (infra/terraform/stack/main.tf)'

    routes = catalogue.routes.checked(urls, advice)
    senders = [name for name, runnable in catalogue.table.items() if runnable.sends]
    if not urls and senders:
        raise SettingError(
            f"{', '.join(senders)}: said to send further jobs (HandlerOptions.sends), and this service has no queue to send them to. "
            f'Give {group} a setting with role="sends"'
        )
    return {name: urls[name] for name in routes.queues}, routes


def _refuse_steps(catalogue: Catalogue) -> None:
    """Of a worker that keeps no record of its jobs. Raises SettingError."""
    if names := [name for name, runnable in catalogue.table.items() if runnable.steps]:
        raise SettingError(
            f"{', '.join(names)}: said to have steps (HandlerOptions.steps), and this worker keeps no record of its jobs, which remembers them. "
            "Set JOB_TABLE (job_records = true in the stack), and for a main job JOB_RECORD_TRIGGERS too"
        )


def _job_logs(
    settings: JobLogSettings | None,
    session: Session,
    observer: OtelObserver | PassiveObserver,
    lines: LineWriter,
    environ: Mapping[str, str],
) -> CloudWatchJobLogs | None:
    if settings is None:
        return None
    return CloudWatchJobLogs(
        session.service(LOGS, seconds=CALL_SECONDS),
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
