"""A job's type is a sort key of job records, and the beginning of others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobqueue.consumer.catalogue import JobCatalogue
from jobqueue.consumer.routes import Routes
from jobqueue.messages.envelope import read_envelope
from jobqueue.messages.errors import Undecodable
from jobqueue.messages.job import check_job_type, check_type
from jobqueue.messages.trigger import read_trigger

from .strategies import delivery

REFUSED = [("import#step#charge", 'has a "#"'), ("main", "choose another name")]

types = st.text("a#main-step", min_size=1, max_size=12) | st.sampled_from(["main", "a#step#main", "main#step#a", "#"])


@given(types)
def test_what_is_taken_is_no_key_of_a_trigger_and_none_of_another_type_s_steps(text: str) -> None:
    assert check_type(text, "trigger") == text
    if "#" in text or text == "main":
        with pytest.raises(Undecodable):
            check_job_type(text, "jobType")
    else:
        assert check_job_type(text, "jobType") == text


@pytest.mark.parametrize(("job_type", "said"), REFUSED)
def test_a_type_that_records_cannot_keep_is_refused_by_name_wherever_one_is_read(job_type: str, said: str) -> None:
    event = {
        "version": "0",
        "detail-type": job_type,
        "source": "s",
        "time": "2026-01-01T00:00:00Z",
        "id": "1",
        "detail": {},
    }
    for read, fields in [
        (read_trigger, {"trigger": "t", "jobType": job_type}),
        (read_envelope, {"jobType": job_type, "data": {}}),
        (read_envelope, event),
    ]:
        with pytest.raises(Undecodable, match=f"jobType '{job_type}' .*{said}"):
            read(delivery(json.dumps(fields)))
    assert read_trigger(delivery(json.dumps(event))).type == job_type


@pytest.mark.parametrize(("job_type", "said"), REFUSED)
def test_a_table_or_routes_with_such_a_type_are_refused_at_start(job_type: str, said: str) -> None:
    with pytest.raises(TypeError, match=f"'{job_type}' .*{said}"):
        JobCatalogue({job_type: lambda data, context: None})
    with pytest.raises(TypeError, match=f"'{job_type}' .*{said}"):
        Routes({job_type: "jobs"})
