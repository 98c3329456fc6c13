"""Traces of X-Ray as it compiles and summarizes them; moto returns the documents as they were sent.

- X-Ray takes subsegments on their own and segments again (in progress, then complete), and answers with whole segments, each subsegment inside its
  parent. A subsegment whose parent has not come is not in the answer.
  https://docs.aws.amazon.com/xray/latest/api/API_Segment.html ("compiled from documents uploaded with PutTraceSegments")
  https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
- Moto's summaries have no annotations, services or filters, and it takes `"fault": false` for a fault. Of X-Ray's filter expressions, those that ask
  for annotations are supported, `annotation[key] = "value"` or `annotation.key = "value"`, one or several joined by OR; others are refused.
  https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html
  https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from moto.core.exceptions import AWSError
from moto.xray.models import XRayBackend

_ONLY_ALONE = ("type", "trace_id", "parent_id")
"""Fields of a subsegment that is sent separately; inside its parent they say nothing."""
_ANNOTATION = re.compile(r'\s*annotation(?:\[([^\]]+)\]|\.(\S+?))\s*=\s*(?:"([^"]*)"|(\S+))\s*')
_WRONGS = {"HasError": "error", "HasFault": "fault", "HasThrottle": "throttle"}


def patch() -> None:
    """Traces are compiled, and summaries made from the documents, when they are asked for."""
    XRayBackend.get_trace_ids = _get_trace_ids  # type: ignore[method-assign]
    XRayBackend.get_trace_summary = _get_trace_summary  # type: ignore[assignment, method-assign]


def _get_trace_ids(self: XRayBackend, trace_ids: list[str]) -> dict[str, Any]:
    known = self._segment_collection._traces  # noqa: SLF001 (it has no public name)
    answer: dict[str, Any] = {"Traces": [], "UnprocessedTraceIds": []}
    for trace_id in trace_ids:
        if trace_id not in known:
            answer["UnprocessedTraceIds"].append(trace_id)
            continue
        segments = _compiled([json.loads(segment.raw) for segment in list(known[trace_id]["segments"])])
        starts = [segment["start_time"] for segment in segments]
        ends = [segment.get("end_time", segment["start_time"]) for segment in segments]
        listed = [{"Id": segment["id"], "Document": json.dumps(segment)} for segment in segments]
        duration = max(ends) - min(starts) if segments else 0.0
        answer["Traces"].append({"Id": trace_id, "Duration": duration, "Segments": listed})
    return answer


def _compiled(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
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


def _get_trace_summary(self: XRayBackend, start: datetime, end: datetime, expression: str | None) -> dict[str, Any]:
    wanted = [_read_annotation(part) for part in re.split(r"\sOR\s", expression)] if expression else []
    known = self._segment_collection._traces  # noqa: SLF001 (it has no public name)
    summaries = []
    for trace_id, trace in list(known.items()):
        documents = [json.loads(segment.raw) for segment in list(trace["segments"])]
        began = min((document["start_time"] for document in documents), default=0.0)
        if documents and start.timestamp() <= began < end.timestamp():
            summary = _summary(trace_id, documents)
            if not wanted or any(value in _values(summary, key) for key, value in wanted):
                summaries.append(summary)
    now = int(datetime.now().timestamp())  # noqa: DTZ005 (seconds since the epoch either way)
    return {"ApproximateTime": now, "TracesProcessedCount": len(known), "TraceSummaries": summaries}


def _summary(trace_id: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
    began = min(document["start_time"] for document in documents)
    ended = max(document.get("end_time", began) for document in documents)
    roots = [document for document in documents if "parent_id" not in document]
    answered = max((document.get("end_time", began) for document in roots), default=ended)
    services = {(one["name"], one.get("origin")) for one in documents if one.get("type") != "subsegment"}
    annotations: dict[str, list[dict[str, Any]]] = {}
    for document in documents:
        for key, value in document.get("annotations", {}).items():
            entry = {"AnnotationValue": _typed(value), "ServiceIds": []}
            if entry not in annotations.setdefault(key, []):
                annotations[key].append(entry)
    return {
        "Id": trace_id,
        "StartTime": began,
        "Duration": ended - began,
        "ResponseTime": answered - began,
        **{name: any(document.get(field) for document in documents) for name, field in _WRONGS.items()},
        "IsPartial": any("end_time" not in document for document in documents),
        "Annotations": annotations,
        "ServiceIds": [
            {"Name": name, "Names": [name], **({"Type": origin} if origin else {})} for name, origin in sorted(services)
        ],
    }


def _typed(value: object) -> dict[str, object]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    return {"NumberValue": value} if isinstance(value, int | float) else {"StringValue": value}


def _values(summary: dict[str, Any], key: str) -> set[str]:
    entries = summary["Annotations"].get(key, [])
    return {json.dumps(value) for entry in entries for value in entry["AnnotationValue"].values()}


def _read_annotation(expression: str) -> tuple[str, str]:
    """The annotation's key and its value as JSON."""
    found = _ANNOTATION.fullmatch(expression)
    if found is None:
        raise AWSError(
            f'The local X-Ray knows no filter but annotation[key] = "value": {expression}',
            exception_type="InvalidRequestException",
            status=400,
        )
    return found[1] or found[2], json.dumps(found[3]) if found[3] is not None else found[4]
