"""Readers of traces in X-Ray."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from jobctl.queries.segment_spans import spans_of, w3c_trace_id, xray_trace_id
from jobctl.queries.span import Span
from jobqueue.telemetry import names

BEFORE = timedelta(minutes=5)
"""A margin for clocks that differ."""
AFTER = timedelta(hours=6)
"""How long after its trigger a job's traces are searched for, in one GetTraceSummaries."""


def read_trace(xray: Any, trace_id: str) -> list[Span]:
    """The spans of a trace, by its W3C id; empty if X-Ray does not have it (yet)."""
    found = xray.batch_get_traces(TraceIds=[xray_trace_id(trace_id)])["Traces"]
    return spans_of(json.loads(segment["Document"]) for trace in found for segment in trace["Segments"])


def find_traces(xray: Any, job_id: str, about_ms: float) -> list[str]:
    """W3C ids of the traces around that time that are annotated with the job id, the oldest first."""
    about = datetime.fromtimestamp(about_ms / 1000, UTC)
    pages = xray.get_paginator("get_trace_summaries").paginate(
        StartTime=about - BEFORE,
        EndTime=min(about + AFTER, max(datetime.now(UTC), about) + BEFORE),
        FilterExpression=f'annotation[{names.JOB_ID}] = "{job_id}"',
    )
    return sorted(w3c_trace_id(summary["Id"]) for page in pages for summary in page["TraceSummaries"])
