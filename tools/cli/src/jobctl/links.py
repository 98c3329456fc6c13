"""Links from a job to its log, tasks, trace and queue, and to the dashboard.

Values are links into the console of the stack's Region and partition, or, on a local AWS, the names to look for; see `jobctl.environment.console`.
Nothing here calls AWS.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jobctl.environment import console
from jobctl.views.attempts_view import SHORT_TASK
from jobqueue.messages.job_id import job_log_stream
from jobqueue.sqs.queue import queue_name

if TYPE_CHECKING:
    from jobctl.session import Session


def job_log(session: Session, job_id: str, services: Iterable[str], *, name: str = "job log") -> dict[str, str]:
    """The job's log in each of these services; services without job logs are left out."""
    worked = set(services)
    known = [one for one in session.stack.with_job_logs if one.name in worked]
    stream = job_log_stream(job_id)
    names = [name] if len(known) == 1 else [f"{name}, {one.name}" for one in known]
    links = (console.log_stream(session.target, one.log_group, stream) for one in known)
    return dict(zip(names, links, strict=True))


def tasks(session: Session, ran: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The output of each task, by service and task id."""
    places = {}
    for name, task in ran:
        service = session.stack.services[name]
        stream = f"{service.log_stream_prefix}{task}"
        places[f"{name} {task[:SHORT_TASK]}"] = console.log_stream(session.target, service.log_group, stream)
    return places


def trace(session: Session, trace_id: str) -> dict[str, str]:
    """The trace with this W3C id; nothing if the id is empty."""
    return {"trace": console.trace(session.target, trace_id)} if trace_id else {}


def dead_letters(session: Session, queue: str) -> dict[str, str]:
    """The page of a dead-letter queue, by the queue's name."""
    urls = {queue_name(one.dead_letter_url): one.dead_letter_url for one in session.stack.services.values()}
    return {"dead letters": console.queue_page(session.target, urls[queue])}


def dashboard(session: Session) -> dict[str, str]:
    """The stack's dashboard."""
    return {"dashboard": console.dashboard(session.target, session.stack.dashboard)}
