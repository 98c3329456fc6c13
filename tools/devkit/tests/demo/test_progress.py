"""Triggers counted once each, by the state that their spans show."""

from __future__ import annotations

from devkit.demo.fates import SentTrigger
from devkit.demo.progress import Progress, handled_traces, line_of, progress_of
from jobctl.queries.span import Span
from jobqueue.telemetry import names

QUEUE = "triggers"


def ran(trace: str, queue: str, outcome: str = "") -> Span:
    stated = {names.OPERATION_NAME: "process", names.DESTINATION: queue}
    return Span(trace, "s", "", "", "", "consumer", 0, 1, stated | ({names.OUTCOME: outcome} if outcome else {}))


def sent(trace: str, *, wants_job: bool = True) -> SentTrigger:
    return SentTrigger(1, "test", "m", "J", trace, 0, wants_job)


def test_a_job_that_fails_once_and_completes_is_one_completed_trigger() -> None:
    spans = [ran("T", QUEUE), ran("T", "jobs", "retry"), ran("T", "jobs"), ran("T", "jobs")]
    assert progress_of(1, [sent("T")], spans, QUEUE) == Progress(
        planned=1, sent=1, begun=1, completed=1, dead=0, again=1
    )


def test_a_trigger_whose_job_has_not_begun_is_waiting() -> None:
    progress = progress_of(2, [sent("T")], [ran("T", QUEUE)], QUEUE)
    assert (progress.begun, progress.finished) == (0, 0)


def test_a_trigger_that_wants_no_job_is_finished_with_its_main_job() -> None:
    assert progress_of(1, [sent("T", wants_job=False)], [ran("T", QUEUE)], QUEUE).completed == 1


def test_a_rejected_trigger_is_dead_and_what_others_sent_is_not_counted() -> None:
    spans = [ran("T", QUEUE, "reject"), ran("other", "jobs")]
    assert progress_of(1, [sent("T")], spans, QUEUE) == Progress(
        planned=1, sent=1, begun=1, completed=0, dead=1, again=0
    )


def test_only_a_main_job_that_is_done_is_handled() -> None:
    assert handled_traces([ran("A", QUEUE), ran("B", QUEUE, "retry"), ran("C", "jobs")], QUEUE) == {"A"}


def test_the_longest_line_fits_80_columns() -> None:
    line = line_of(Progress(planned=2000, sent=2000, begun=1, completed=900, dead=900, again=100))
    assert line == "sent 2000/2000  completed 900  dead letters 900  in progress 200  retried 100"
    assert len(line) < 80
