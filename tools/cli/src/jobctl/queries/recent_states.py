"""The states of all jobs that were worked on since a time, from the services' output and the job logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobctl.queries.job_state import OPEN, JobState, marked_lost, states_of
from jobctl.queries.service_lines import ATTEMPT_WORD, ServiceLines
from jobctl.queries.tasks import read_alive
from jobqueue.client.job_log import JOB_STREAMS, read_job_events

if TYPE_CHECKING:
    from jobqueue.client.stack import Stack


def read_states(logs: Any, stack: Stack, since_ms: int, word: str = "") -> list[JobState]:
    """All jobs that were worked on since `since_ms`; with `word`, those with that word in their lines."""
    groups = {name: service.log_group for name, service in stack.services.items()}
    lines = ServiceLines(logs, groups, since_ms, word or ATTEMPT_WORD).fresh()
    logged = [
        event
        for service in stack.with_job_logs
        for event in read_job_events(logs, service.log_group, since_ms, streams=JOB_STREAMS, word=word)
    ]
    return states_of((one.line for one in lines), logged)


def with_lost_jobs(ecs: Any, stack: Stack, states: list[JobState]) -> list[JobState]:
    """The same, with attempts marked as lost whose task is gone; ECS is asked only if an attempt is under way."""
    if not any(one.status in OPEN for one in states):
        return states
    services = [one.ecs_service for one in stack.services.values()]
    return marked_lost(states, read_alive(ecs, stack.cluster, services))
