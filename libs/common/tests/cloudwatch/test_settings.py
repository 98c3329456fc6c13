"""Impossible settings are refused by name."""

import pytest

from jobqueue.cloudwatch.settings import JobLogSettings
from jobqueue.settings import SettingError, load


def test_the_group_is_required_and_all_else_has_a_default() -> None:
    with pytest.raises(SettingError, match="JOB_LOG_GROUP"):
        load(JobLogSettings, {})
    settings = load(JobLogSettings, {"JOB_LOG_GROUP": "/jobs"})
    assert (settings.job_log_stream_wait_seconds, settings.job_log_confirm_seconds) == (5, 30)


@pytest.mark.parametrize(
    ("name", "value"),
    [("JOB_LOG_SHIPPERS", "0"), ("JOB_LOG_STREAMS_PER_SECOND", "0"), ("JOB_LOG_BUFFER_BYTES", "1000")],
)
def test_a_value_out_of_range_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        load(JobLogSettings, {"JOB_LOG_GROUP": "/jobs", name: value})


def test_a_job_must_not_be_given_up_while_it_waits_for_its_stream() -> None:
    with pytest.raises(SettingError, match=r"JOB_LOG_CONFIRM_SECONDS.*JOB_LOG_STREAM_WAIT_SECONDS"):
        JobLogSettings("/jobs", job_log_stream_wait_seconds=10.0, job_log_confirm_seconds=10.0)
