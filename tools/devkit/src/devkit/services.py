"""Start of the services in a local run, and their environment; the same console programs as in their images."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.queues import MAX_MESSAGE_BYTES, MAX_RECEIVE_COUNT

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.queues import QueuePair
    from localaws.aws import LocalAws
    from localaws.processes import Child, Processes

MODULES = {"main-job": "main_job", "background-job": "background_job"}

LOCAL_PACE = {
    # A drain waits for the poll in flight: short polls make a quick end.
    "POLL_WAIT_SECONDS": "1",
    "GRACE_SECONDS": "5",
    "JOB_LOG_FLUSH_SECONDS": "3",
    "SETTLE_FLUSH_SECONDS": "3",
    "TELEMETRY_FLUSH_SECONDS": "2",
    # A person watches: retries come after a second instead of minutes.
    "RETRY_FIRST_SECONDS": "0.1",
    "RETRY_MAX_SECONDS": "1",
    "UNSUPPORTED_FIRST_SECONDS": "0.1",
    "JOB_LOG_LINGER_SECONDS": "0.5",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_METRIC_EXPORT_INTERVAL": "2000",
    # moto has no limit on new streams, and can hand the same message to two receives that overlap.
    "JOB_LOG_STREAMS_PER_SECOND": "1000",
    "MAX_POLLS": "1",
}
"""How a local run differs from the defaults. Everything else is as in production."""


@dataclass(frozen=True)
class Places:
    """Queues, log group and endpoints that the services use."""

    aws: LocalAws
    triggers: QueuePair
    jobs: QueuePair
    job_log_group: str
    otlp_endpoint: str


def service_environ(places: Places, name: str, folder: Path) -> dict[str, str]:
    """The whole environment of one service, which reads the variables that it knows."""
    return {
        **places.aws.environ(),
        **LOCAL_PACE,
        "MAIN_JOB_TRIGGERS_QUEUE_URL": places.triggers.url,
        "MAIN_JOB_TRIGGERS_DLQ_URL": places.triggers.dead_letter_url,
        "BACKGROUND_JOBS_QUEUE_URL": places.jobs.url,
        "BACKGROUND_JOBS_DLQ_URL": places.jobs.dead_letter_url,
        "JOB_LOG_GROUP": places.job_log_group,
        "MAX_RECEIVE_COUNT": str(MAX_RECEIVE_COUNT),
        "MAX_MESSAGE_BYTES": str(MAX_MESSAGE_BYTES),
        "HEALTH_FILE": str(folder / f"{name}.health"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": places.otlp_endpoint,
    }


def start_services(processes: Processes, places: Places) -> list[Child]:
    """Starts the main job and the background job, each as a process."""
    return [
        processes.start(name, [sys.executable, "-m", module], service_environ(places, name, processes.folder))
        for name, module in MODULES.items()
    ]
