"""Whole X-Ray segments from BatchGetTraces, where moto returns the documents as they were sent.

X-Ray takes subsegments on their own and segments again (in progress, then complete), and answers with whole segments, each subsegment inside its
parent. A subsegment whose parent has not come is not in the answer.
https://docs.aws.amazon.com/xray/latest/api/API_Segment.html ("compiled from documents uploaded with PutTraceSegments")
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.xray.models import XRayBackend

_ONLY_ALONE = ("type", "trace_id", "parent_id")
"""Fields of a subsegment that is sent separately; inside its parent they say nothing."""


def close() -> None:
    """Traces are compiled when they are asked for."""
    XRayBackend.get_trace_ids = _get_trace_ids  # type: ignore[method-assign]


def _get_trace_ids(self: XRayBackend, trace_ids: list[str]) -> dict[str, Any]:
    known = self._segment_collection._traces  # noqa: SLF001 (it has no public name)
    answer: dict[str, Any] = {"Traces": [], "UnprocessedTraceIds": []}
    for trace_id in trace_ids:
        if trace_id not in known:
            answer["UnprocessedTraceIds"].append(trace_id)
            continue
        segments = compiled([json.loads(segment.raw) for segment in list(known[trace_id]["segments"])])
        starts = [segment["start_time"] for segment in segments]
        ends = [segment.get("end_time", segment["start_time"]) for segment in segments]
        told = [{"Id": segment["id"], "Document": json.dumps(segment)} for segment in segments]
        duration = max(ends) - min(starts) if segments else 0.0
        answer["Traces"].append({"Id": trace_id, "Duration": duration, "Segments": told})
    return answer


def compiled(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Segments with their subsegments in them, both ordered by start time. Of two documents with one id the complete one counts."""
    by_id: dict[str, dict[str, Any]] = {}
    for document in documents:
        if "end_time" in document or document["id"] not in by_id:
            by_id[document["id"]] = document
    ordered = sorted(by_id.values(), key=lambda document: document["start_time"])
    segments = []
    for document in ordered:
        parent = by_id.get(document.get("parent_id", ""))
        if document.get("type") != "subsegment":
            segments.append(document)
        elif parent is not None:
            parent.setdefault("subsegments", []).append(document)
    for document in ordered:
        if document.get("type") == "subsegment":
            for name in _ONLY_ALONE:
                document.pop(name, None)
    return segments
