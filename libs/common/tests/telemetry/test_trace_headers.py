import pytest

from jobqueue.messages.delivery import Attribute
from jobqueue.telemetry.trace_headers import (
    TraceParent,
    _remembered,
    creation_context,
    read_aws_trace_header,
    read_traceparent,
    write_traceparent,
)

from .kit import PARENT_ID, TRACE_ID, TRACEPARENT

AWS = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
AWS_CONTEXT = TraceParent("5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8", 1)


def test_a_traceparent_is_read_and_written_back() -> None:
    parent = read_traceparent(TRACEPARENT)

    assert parent == TraceParent(TRACE_ID, PARENT_ID, 1)
    assert write_traceparent(parent.trace_id, parent.span_id, parent.flags) == TRACEPARENT


def test_a_later_version_may_have_more_behind() -> None:
    assert read_traceparent(f"01-{TRACE_ID}-{PARENT_ID}-00-more") == TraceParent(TRACE_ID, PARENT_ID, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        f"00-{TRACE_ID}-{PARENT_ID}",
        f"00-{TRACE_ID}-{PARENT_ID}-01-more",
        f"ff-{TRACE_ID}-{PARENT_ID}-01",
        f"00-{TRACE_ID.upper()}-{PARENT_ID}-01",
        f"00-{'0' * 32}-{PARENT_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID[:-1]}_-{PARENT_ID}-01",
        TRACEPARENT + "\n",
    ],
)
def test_a_malformed_traceparent_is_no_traceparent(text: str) -> None:
    assert read_traceparent(text) is None


def test_an_aws_trace_header_is_read_in_any_order_and_with_unknown_fields() -> None:
    shuffled = "Lineage=1:a87bd80c:0; Sampled=1;Parent=53995c3f42cd8ad8;Self=x;Root=1-5759e988-bd862e3fe1be46a994272793"

    assert read_aws_trace_header(AWS) == AWS_CONTEXT
    assert read_aws_trace_header(shuffled) == AWS_CONTEXT


@pytest.mark.parametrize(("sampled", "flags"), [(";Sampled=0", 0), (";Sampled=?", 1), ("", 1)])
def test_only_a_sampled_of_zero_says_not_sampled(sampled: str, flags: int) -> None:
    assert read_aws_trace_header(AWS.replace(";Sampled=1", sampled)) == AWS_CONTEXT._replace(flags=flags)


@pytest.mark.parametrize(
    "text",
    [
        "Parent=53995c3f42cd8ad8",
        "Root=1-xyz-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        f"Root=1-{'0' * 8}-{'0' * 24};Parent=53995c3f42cd8ad8",
        "Root;Parent",
    ],
)
def test_an_aws_trace_header_without_a_root_is_none(text: str) -> None:
    assert read_aws_trace_header(text) is None


@pytest.mark.parametrize("parent", ["", ";Parent=", ";Parent=0000000000000000", ";Parent=53995C3F42CD8AD8"])
def test_an_aws_trace_header_without_a_usable_parent_still_names_its_trace(parent: str) -> None:
    read = read_aws_trace_header(f"Root=1-5759e988-bd862e3fe1be46a994272793{parent};Sampled=0")

    assert read == TraceParent("5759e988bd862e3fe1be46a994272793", "", 0)


def test_a_long_traceparent_of_a_later_version_is_read_and_not_remembered() -> None:
    before = _remembered.cache_info().currsize
    for number in range(1, 9):
        text = f"01-{number:032x}-{PARENT_ID}-01-{'x' * 10_000}"
        assert read_traceparent(text) == TraceParent(f"{number:032x}", PARENT_ID, 1)

    assert _remembered.cache_info().currsize == before


def test_the_traceparent_wins_and_the_aws_header_stands_in_for_a_malformed_one() -> None:
    assert creation_context({"traceparent": Attribute(TRACEPARENT)}, AWS) == TraceParent(TRACE_ID, PARENT_ID, 1)
    assert creation_context({"traceparent": Attribute("garbage")}, AWS) == AWS_CONTEXT
    assert creation_context({"traceparent": Attribute(b"\x00", "Binary")}, AWS) == AWS_CONTEXT
    assert creation_context({}, None) is None


def test_the_tracestate_goes_along_unless_it_is_too_long() -> None:
    carried = {"traceparent": Attribute(TRACEPARENT), "tracestate": Attribute("vendor=1")}
    too_long = carried | {"tracestate": Attribute("v" * 513)}

    assert creation_context(carried) == TraceParent(TRACE_ID, PARENT_ID, 1, "vendor=1")
    assert creation_context(too_long) == TraceParent(TRACE_ID, PARENT_ID, 1)
