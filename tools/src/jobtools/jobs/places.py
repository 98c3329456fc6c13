"""Where does one thing lead to another? A job to its log, its tasks, its trace, its queue, and the dashboard. Layer: tools; asks nobody, any thread.

Values are links into the console of the stack's Region and partition, or, on a local AWS, the names to look for; see `jobtools.deploy.console`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from jobqueue.messages.job_id import job_log_stream
from jobqueue.sqs.queue import queue_name
from jobtools.deploy import console
from jobtools.look.attempts_view import SHORT_TASK

if TYPE_CHECKING:
    from jobtools.jobs.session import Session


def job_log(session: Session, job_id: str, services: Iterable[str], *, name: str = "job log") -> dict[str, str]:
    """The job's own log, with each of these services; one whose jobs have none is left out."""
    worked = set(services)
    known = [one for one in session.stack.logging if one.name in worked]
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
    """By its W3C id; none where it is empty."""
    return {"trace": console.trace(session.target, trace_id)} if trace_id else {}


def dead_letters(session: Session, queue: str) -> dict[str, str]:
    """The page of a dead-letter queue, by the queue's name."""
    urls = {queue_name(one.dead_letter_url): one.dead_letter_url for one in session.stack.services.values()}
    return {"dead letters": console.queue_page(session.target, urls[queue])}


def dashboard(session: Session) -> dict[str, str]:
    """The stack's."""
    return {"dashboard": console.dashboard(session.target, session.stack.dashboard)}
