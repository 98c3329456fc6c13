"""What an event looks like in CloudWatch, whatever a handler writes."""

import json
import math
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from jobqueue.cloudwatch.event import MAX_PARTS, PIECE_BYTES, encode
from jobqueue.cloudwatch.limits import MAX_EVENT_BYTES

IDS = {"jobId": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "jobType": "resize", "correlationId": "abc", "attempt": 2}


def one(fields: dict[Any, object] | None = None, message: str = "halfway") -> dict[str, Any]:
    (text,) = encode(IDS, "INFO", message, fields, 1_767_225_600_123)
    return orjson.loads(text)  # type: ignore[no-any-return]


def test_an_event_carries_the_ids_the_time_in_utc_and_the_callers_fields() -> None:
    assert one({"done": 3, "event": "step"}) == {
        **IDS,
        "level": "INFO",
        "message": "halfway",
        "timestamp": "2026-01-01T00:00:00.123Z",
        "done": 3,
        "event": "step",
    }


def test_a_field_named_like_one_of_ours_is_kept_beside_it() -> None:
    event = one({"jobId": "forged", "message": "mine"})
    assert (event["jobId"], event["jobId_"], event["message"], event["message_"]) == (
        IDS["jobId"],
        "forged",
        "halfway",
        "mine",
    )


def test_a_value_that_is_not_json_is_written_as_its_repr() -> None:
    class Unspeakable:
        def __repr__(self) -> str:
            raise KeyError("no words")

    loop: list[object] = []
    loop.append(loop)
    event = one(
        {"set": {1}, "big": 2**70, "half": "\ud800x", "loop": loop, "worse": Unspeakable(), "keys": {1: [{2}]}, "n": 1}
    )
    assert (event["set"], event["big"], event["half"], event["n"]) == ("{1}", str(2**70), "\\ud800x", 1)
    assert event["loop"] == "[[...]]"
    assert event["worse"] == "<Unspeakable whose repr raised KeyError>"
    assert event["keys"] == {"1": ["{2}"]}


def test_numbers_that_json_lacks_are_null() -> None:
    assert one({"x": math.nan})["x"] is None


SHORT = st.text(st.characters(exclude_categories=[]), max_size=8)  # lone surrogates too
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SHORT | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(SHORT | st.integers(), inner, max_size=3)
        | st.frozensets(st.integers(), max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.dictionaries(SHORT, ANYTHING, max_size=4), SHORT)
def test_whatever_is_written_becomes_one_json_object(fields: dict[str, object], message: str) -> None:
    assert one(fields, message)["jobId"] == IDS["jobId"]


def test_an_event_that_is_too_large_is_split_into_parts_that_join_to_the_whole() -> None:
    fields = {"event": "job.failed", "page": 'ü"\\' * 300_000}
    parts = encode(IDS, "ERROR", "failed", fields, 0)
    events = [orjson.loads(part) for part in parts]
    assert len(events) > 2
    assert [(event["part"], event["parts"]) for event in events] == [(n + 1, len(events)) for n in range(len(events))]
    assert json.loads("".join(event["piece"] for event in events))["page"] == fields["page"]
    assert all(len(part) <= MAX_EVENT_BYTES for part in parts)
    assert [event.get("event") for event in events] == ["job.failed"] + [None] * (len(events) - 1)
    assert all(event["jobId"] == IDS["jobId"] and "cutBytes" not in event for event in events)


def test_what_is_beyond_the_last_part_is_cut_and_counted() -> None:
    parts = [orjson.loads(part) for part in encode(IDS, "INFO", "x", {"page": "a" * (PIECE_BYTES * MAX_PARTS)}, 0)]
    kept = sum(len(part["piece"]) for part in parts)
    whole = len(one({"page": ""}, "x")) and len(encode(IDS, "INFO", "x", {"page": ""}, 0)[0])
    assert len(parts) == MAX_PARTS
    assert kept + parts[-1]["cutBytes"] == whole + PIECE_BYTES * MAX_PARTS


def test_an_event_at_the_limit_stays_whole() -> None:
    room = MAX_EVENT_BYTES - len(encode(IDS, "INFO", "x", {"page": ""}, 0)[0])
    assert len(encode(IDS, "INFO", "x", {"page": "a" * room}, 0)) == 1
    assert len(encode(IDS, "INFO", "x", {"page": "a" * (room + 1)}, 0)) == 3
