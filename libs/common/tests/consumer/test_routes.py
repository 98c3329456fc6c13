"""Routes: where a job type is sent, and what is said at start of one that leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from jobqueue import JobCatalogue, Routes, SettingError
from jobqueue.consumer.routes import Senders
from jobqueue.testing import InMemoryQueue, InMemorySender

TWO = {"background-jobs", "report-jobs"}


def advice(queue: str) -> str:
    return f"add {queue}"


def test_a_type_goes_where_its_route_says_and_all_others_to_the_default() -> None:
    routes = Routes({"send-report": "report-jobs"}, default="background-jobs")
    senders = Senders({name: InMemorySender(InMemoryQueue(name)) for name in TWO}, routes)
    found = {job_type: senders.of(job_type) for job_type in ("send-report", "anything")}
    assert {job_type: to.sender.name for job_type, to in found.items() if to} == {
        "send-report": "report-jobs",
        "anything": "background-jobs",
    }


def test_the_only_queue_needs_no_route() -> None:
    assert Routes().checked(["background-jobs"], advice).default == "background-jobs"
    assert Routes().checked([], advice).default is None


def test_of_several_queues_the_default_must_be_named() -> None:
    with pytest.raises(SettingError) as refused:
        Routes({"send-report": "report-jobs"}).checked(TWO, advice)
    assert "can send to background-jobs, report-jobs: name the queue of all other types" in str(refused.value)


def test_a_route_that_leads_nowhere_is_told_by_its_types_its_queue_and_what_to_do() -> None:
    routes = Routes({"a": "bills", "b": "background-jobs", "c": "bills"}, default="jobs")
    with pytest.raises(SettingError) as refused:
        routes.checked(TWO, advice)
    assert str(refused.value).splitlines() == [
        "routes: a, c: to bills, which this service cannot send to (it can to: background-jobs, report-jobs). add bills",
        "routes: all other types: to jobs, which this service cannot send to (it can to: background-jobs, report-jobs). add jobs",
    ]


@pytest.mark.parametrize("table", [{"": "q"}, {"a\n": "q"}, {"a": None}, {7: "q"}])
def test_a_table_that_cannot_be_meant_is_refused_where_it_stands(table: Any) -> None:
    with pytest.raises(TypeError, match="routes: "):
        Routes(table)


def test_a_plain_table_is_told_its_form() -> None:
    given: Any = {"send-report": "report-jobs"}
    with pytest.raises(TypeError, match="routes must be Routes"):
        JobCatalogue({}, routes=given)
