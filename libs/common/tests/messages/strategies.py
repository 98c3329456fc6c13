"""Hypothesis strategies for bodies, attributes and deliveries that can come from outside."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from jobqueue.messages.delivery import Attribute, Delivery
from jobqueue.messages.job_id import new_job_id

SENT_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

any_text = st.text(st.characters(exclude_categories=()), max_size=40)
"""Half surrogate pairs and control characters included."""

carried_text = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
)
"""What an SQS attribute carries, but for tabs and line ends."""

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)

json_objects = st.dictionaries(st.text(max_size=5), json_values, max_size=4)

FIELDS = ("trigger", "timestamp", "triggerBackgroundJob", "jobType", "correlationId", "jobId", "version", "data")

bodies_of_ours = st.dictionaries(st.sampled_from(FIELDS), json_values | st.just(new_job_id()), max_size=8)
"""Objects whose fields have our names and anything in them."""

attributes = st.dictionaries(
    st.sampled_from(("jobId", "jobType", "correlationId", "traceparent"))
    | st.text("abcXYZ019_-", min_size=1, max_size=8),
    st.builds(Attribute, carried_text, st.sampled_from(("String", "String.json")))
    | st.builds(Attribute, st.integers().map(str), st.just("Number"))
    | st.builds(Attribute, st.binary(min_size=1, max_size=8), st.just("Binary")),
    max_size=10,
)


def delivery(
    body: str, attributes: dict[str, Attribute] | None = None, *, message_id: str = "m-1", sent_ms: int = SENT_MS
) -> Delivery:
    """A first delivery that waited a second."""
    return Delivery(
        queue="triggers",
        message_id=message_id,
        receipt="r-1",
        body=body,
        receive_count=1,
        sent_ms=sent_ms,
        received_at=1_000.0,
        received_ms=sent_ms + 1_000,
        attributes=attributes or {},
    )
