"""The explicit table: what it takes, what it makes of a payload, and what it refuses at start."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
import pytest

from jobqueue import Context, HandlerOptions, JobCatalogue, TriggerCatalogue
from jobqueue.consumer.handler_policies import HandlerPolicies
from jobqueue.consumer.policy import POLICY_FIELDS, ConsumerPolicy
from jobqueue.messages.dead_letter import ERROR, REASON
from jobqueue.messages.errors import Unsupported
from jobqueue.messages.outcome import Done
from jobqueue.settings import SettingError

from .executing import Executing, letter_of, value
from .workbench import a_delivery, a_job


@dataclass(frozen=True)
class Report:
    customer: str
    pages: int = 1


class Typed(TypedDict):
    customer: str


class Struct(msgspec.Struct):
    customer: str


def job_body(data: dict[str, Any], result: Any = None) -> str:
    trigger = {"trigger": "month_closed", "data": data}
    return a_job(data={"originalTrigger": trigger, "mainJobResult": result})


def seen_by(make: Callable[[list[Any]], Callable[..., Any]], data: dict[str, Any]) -> Any:
    """What a trigger's handler gets for `data`."""
    seen: list[Any] = []
    catalogue = TriggerCatalogue({"test": make(seen)}, default=make([]))
    executing = Executing(catalogue)
    outcome = executing.outcome_of(a_delivery(msgspec.json.encode({"trigger": "test", "data": data}).decode()))
    assert isinstance(outcome, Done)
    return seen[0]


@pytest.mark.parametrize("kind", [dict, dict[str, Any], Mapping[str, Any], Any])
def test_an_untyped_handler_gets_the_plain_dictionary(kind: Any) -> None:
    def make(seen: list[Any]) -> Callable[..., Any]:
        def handler(data: Any, context: Context) -> None:
            seen.append(data)

        handler.__annotations__["data"] = kind
        return handler

    assert seen_by(make, {"customer": "acme"}) == {"customer": "acme"}


@pytest.mark.parametrize(
    ("kind", "expected"), [(Report, Report("acme")), (Typed, {"customer": "acme"}), (Struct, Struct("acme"))]
)
def test_a_typed_handler_gets_a_validated_value(kind: Any, expected: object) -> None:
    def make(seen: list[Any]) -> Callable[..., Any]:
        def handler(data: Any, context: Context) -> None:
            seen.append(data)

        handler.__annotations__["data"] = kind
        return handler

    assert seen_by(make, {"customer": "acme"}) == expected


def recording(data: "Report", context: "Context") -> None:
    """What a decorator hides."""


def recording_into(seen: list[Any], data: Any, context: Context) -> None:
    """What a decorator adds."""
    seen.append(data)


class Called:
    """A handler that brings what it needs."""

    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    def __call__(self, data: "Report", context: "Context") -> None:
        self.seen.append(data)

    def method(self, data: "Report", context: "Context") -> None:
        self.seen.append(data)


@pytest.mark.parametrize(
    "make",
    [
        Called,
        lambda seen: Called(seen).method,
        lambda seen: functools.partial(Called(seen).method),
        lambda seen: functools.wraps(recording)(functools.partial(recording_into, seen)),
    ],
    ids=["an object", "a method", "a partial", "a decorator"],
)
def test_a_handler_may_be_anything_that_is_called_and_its_annotations_strings(make: Callable[..., Any]) -> None:
    assert seen_by(make, {"customer": "acme"}) == Report("acme")


def test_a_background_handler_gets_the_trigger_s_data_and_finds_the_rest_in_its_context() -> None:
    seen: list[tuple[Report, Any, Any]] = []

    def handler(report: Report, context: Context) -> None:
        seen.append((report, context.original_trigger, context.main_job_result))

    executing = Executing(JobCatalogue({"work": handler}))
    assert executing.outcome_of(a_delivery(job_body({"customer": "acme"}, {"found": 3}))) == Done()
    trigger = {"trigger": "month_closed", "data": {"customer": "acme"}}
    assert seen == [(Report("acme"), trigger, {"found": 3})]


@pytest.mark.parametrize(
    ("data", "place"),
    [({}, "customer"), ({"customer": 7}, "customer"), ({"customer": "acme", "pages": "many"}, "pages")],
)
def test_a_payload_that_does_not_fit_is_a_reject_that_names_the_place(data: dict[str, Any], place: str) -> None:
    def handler(report: Report, context: Context) -> None:
        raise AssertionError("never called")

    letter = letter_of(Executing(JobCatalogue({"work": handler})).outcome_of(a_delivery(job_body(data))))
    assert value(letter, REASON) == "wrong_schema"
    assert place in value(letter, ERROR)


def fine(data: dict[str, Any], context: Context) -> None:
    """Returns."""


def generator(data: dict[str, Any], context: Context) -> Iterator[int]:
    yield 1


async def async_generator(data: dict[str, Any], context: Context) -> AsyncIterator[int]:
    yield 1


def by_name(data: dict[str, Any], *, context: Context) -> None:
    """Cannot be called as handlers are."""


class CalledGenerator:
    def __call__(self, data: dict[str, Any], context: Context) -> Iterator[int]:
        yield 1


@functools.wraps(generator)
def decorated(data: dict[str, Any], context: Context) -> Iterator[int]:
    return generator(data, context)


def hidden(data: "OnlyForTypeCheckers", context: Context) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Its payload's type is not there at run time."""


class Customer:
    """No JSON becomes one."""


@dataclass(frozen=True)
class Order:
    customer: Customer


@dataclass(frozen=True)
class Mistyped:
    customer: "Custmer"  # type: ignore[name-defined]  # noqa: F821


def unfit(data: Customer, context: Context) -> None:
    """Its payload cannot be validated."""


def unfit_inside(data: Order, context: Context) -> None:
    """Nor can a part of its payload."""


def mistyped(data: Mistyped, context: Context) -> None:
    """A part of its payload has a type that is not there."""


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (lambda data: None, r"must take \(data, context\)"),
        (lambda data, context, more: None, r"must take \(data, context\)"),
        (by_name, r"must take \(data, context\)"),
        ("work", "must be a function"),
        (decorated, "contains `yield`"),
        (functools.partial(generator), "contains `yield`"),
        (CalledGenerator(), "contains `yield`"),
        (generator, "contains `yield`"),
        (async_generator, "contains `yield`"),
        (hidden, "was not found"),
        (mistyped, "in its payload type Mistyped was not found: name 'Custmer' is not defined. A typo, or"),
        (unfit, "type Customer is not supported: make it a dataclass, TypedDict or msgspec.Struct$"),
        (unfit_inside, "type Customer is not supported, in Order: make it a dataclass, TypedDict or msgspec.Struct$"),
    ],
)
def test_a_handler_that_could_not_work_is_refused_at_start_by_name(handler: Callable[..., Any], said: str) -> None:
    with pytest.raises(TypeError, match=f"'send-report'.*{said}"):
        JobCatalogue({"send-report": handler})


@pytest.mark.parametrize("value", ["60", True, float("nan"), float("inf")])
@pytest.mark.parametrize("option", [*POLICY_FIELDS])
def test_an_option_that_is_no_number_is_refused_at_start_by_name(option: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{option} of 'send-report' must be"):
        JobCatalogue({"send-report": HandlerOptions(fine, **{option: value})})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout_seconds": 43_201}, "timeout_seconds=43201 must be between"),
        ({"max_attempts": 0}, "max_attempts=0 must be between"),
        ({"max_attempts": 6}, r"MAX_RECEIVE_COUNT=10 must be at least max_attempts \+ 5 = 11"),
        ({"retry_first_seconds": 901}, "retry_first_seconds=901 must not exceed RETRY_MAX_SECONDS=900"),
        (
            {"retry_first_seconds": 9, "retry_max_seconds": 8},
            "retry_first_seconds=9 must not exceed retry_max_seconds=8",
        ),
        ({"max_concurrency": 0}, "max_concurrency=0 must be between"),
    ],
)
def test_options_that_cannot_work_are_refused_at_start_with_all_names(options: dict[str, Any], said: str) -> None:
    table = JobCatalogue({"a": HandlerOptions(fine, **options), "b": HandlerOptions(fine, **options)}).table
    with pytest.raises(SettingError, match=f"HandlerOptions of 'a': {said}.*\nHandlerOptions of 'b': {said}"):
        HandlerPolicies(ConsumerPolicy(), table)


def test_a_handler_has_its_own_policy_where_it_says_one_and_else_the_services() -> None:
    table = TriggerCatalogue({"a": fine}, default=HandlerOptions(fine, max_attempts=2, max_concurrency=3)).table
    policies = HandlerPolicies(ConsumerPolicy(job_timeout_seconds=9), table)
    own = policies.of(table["the default"])
    assert (own.max_attempts, own.max_concurrency, own.job_timeout_seconds) == (2, 3, 9)
    assert policies.of(table["a"]) == ConsumerPolicy(job_timeout_seconds=9)
    assert policies.limits == {table["the default"]: 3}


def test_a_table_names_the_handlers_that_say_they_send() -> None:
    jobs = JobCatalogue({"a": fine, "b": HandlerOptions(fine, sends=True)})
    triggers = TriggerCatalogue({"a": fine}, default=HandlerOptions(fine, sends=True))
    assert [name for name, runnable in jobs.table.items() if runnable.sends] == ["b"]
    assert [name for name, runnable in triggers.table.items() if runnable.sends] == ["the default"]


def test_a_trigger_that_the_table_does_not_name_goes_to_the_default() -> None:
    catalogue = TriggerCatalogue({"known": fine}, default=HandlerOptions(fine, timeout_seconds=7))
    job = catalogue.read(a_delivery('{"trigger":"from outside"}'))
    assert not catalogue.knows(job)
    assert catalogue.find(job).own == {"job_timeout_seconds": 7}


def test_a_job_type_that_the_table_does_not_name_is_unsupported_and_the_error_lists_those_it_does() -> None:
    catalogue = JobCatalogue({"b": fine, "a": fine})
    with pytest.raises(Unsupported, match="'c' is not one of a, b"):
        catalogue.find(catalogue.read(a_delivery(a_job("c"))))
