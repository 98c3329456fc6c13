"""Which jobs are the same."""

from __future__ import annotations

from jobqueue.messages.digest import job_digest


def test_the_order_of_names_does_not_matter_and_each_value_does() -> None:
    digest = job_digest("report", '{"a": 1, "b": {"c": 2, "d": 3}}')
    assert digest == job_digest("report", '{"b":{"d":3,"c":2},"a":1}')
    assert len(digest) == 32
    assert digest != job_digest("report", '{"a":1,"b":{"c":2,"d":4}}')
    assert digest != job_digest("other", '{"a":1,"b":{"c":2,"d":3}}')
