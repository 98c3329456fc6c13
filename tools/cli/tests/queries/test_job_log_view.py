"""The view of a job's log: times, levels, and the fields that the message does not contain."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import RenderableType

from jobctl.views.job_log_view import job_log_view
from jobqueue.client.job_event import JobEvent

NEW_YEAR_MS = 1_767_225_600_000


def event(after_ms: int, level: str, message: str, **fields: object) -> JobEvent:
    return JobEvent(NEW_YEAR_MS + after_ms, "J", "c", "simulate", 1, level, message, "", fields)


def test_an_event_is_a_line_and_a_stack_is_left_out(shown: Callable[[RenderableType], str]) -> None:
    events = [
        event(0, "INFO", "started, attempt 1", queueWaitSeconds=0.02, service="background-job"),
        event(120, "INFO", "progress", done=1, total=3),
        event(1000, "ERROR", "failed: RuntimeError: boom", stack="Traceback", outcome="retry", retryAfterSeconds=1),
    ]
    assert (
        shown(job_log_view(events))
        == """\
00:00:00.000  INFO   started, attempt 1  queueWaitSeconds=0.02
00:00:00.120  INFO   progress  done=1 total=3
00:00:01.000  ERROR  failed: RuntimeError: boom  outcome=retry
                     retryAfterSeconds=1"""
    )
