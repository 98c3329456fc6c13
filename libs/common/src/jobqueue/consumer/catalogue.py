"""Which handler does this job? Layer 2, immutable after start. The explicit table; nothing is found by import side effect.

TriggerCatalogue({"api_call": api_call}, default=record)          the main job: keyed by `trigger`
JobCatalogue({"send-report": Entry(send_report, timeout_seconds=60)})   the background job: keyed by `jobType`
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from jobqueue.messages.envelope import read_envelope, write_envelope
from jobqueue.messages.errors import Unsupported
from jobqueue.messages.payload import validated
from jobqueue.messages.trigger import read_trigger

if TYPE_CHECKING:
    from jobqueue.consumer.context import Context
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job
    from jobqueue.messages.json import JsonObject
    from jobqueue.messages.outgoing import OutgoingMessage

Handler = Callable[[Any, "Context"], Any]
"""`(data, context)`, sync or `async def`. A main job's returns a JSON object or None; a background job's result is not used."""


@dataclass(frozen=True)
class Entry:
    """A handler and what is particular to it. `timeout_seconds` None: the service's JOB_TIMEOUT_SECONDS."""

    handler: Handler
    timeout_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Runnable:
    """An entry made ready at start: the payload's type was read from the handler's first annotation."""

    handler: Handler
    timeout_seconds: float | None
    payload: Any | None

    def payload_of(self, job: Job) -> Any:
        """The job's data as the handler wants it. Raises Undecodable where it does not fit."""
        return job.data if self.payload is None else validated(job.data, self.payload)


class Catalogue(Protocol):
    """What the executor asks of a catalogue. Never blocks."""

    def read(self, delivery: Delivery) -> Job:
        """Decodes. Raises Undecodable, Unsupported or NothingToDo."""
        ...

    def knows(self, job: Job) -> bool:
        """Whether the type stands in the table (a default does not count)."""
        ...

    def find(self, job: Job) -> Runnable:
        """Raises Unsupported for a type that nobody here does."""
        ...

    def next_job(
        self, job: Job, result: JsonObject | None, headers: Callable[[], Mapping[str, str]]
    ) -> OutgoingMessage | None:
        """What to send once the handler returned. Raises TypeError where the result is not JSON."""
        ...


class TriggerCatalogue:
    """The main job's table: trigger name -> handler, and a default for all others."""

    def __init__(self, handlers: Mapping[str, Handler | Entry], *, default: Handler | Entry) -> None:
        self._table = {name: _runnable(name, handler) for name, handler in handlers.items()}
        self._default = _runnable("the default", default)

    def read(self, delivery: Delivery) -> Job:
        """See the protocol."""
        return read_trigger(delivery)

    def knows(self, job: Job) -> bool:
        """See the protocol."""
        return job.type in self._table

    def find(self, job: Job) -> Runnable:
        """See the protocol; never raises, since there is a default."""
        return self._table.get(job.type, self._default)

    def next_job(
        self, job: Job, result: JsonObject | None, headers: Callable[[], Mapping[str, str]]
    ) -> OutgoingMessage | None:
        """The background job, where the trigger asks for one."""
        if result is not None and not isinstance(result, dict):
            raise TypeError(
                f"the handler of trigger {job.type!r} must return a JSON object or None, not {type(result).__name__}"
            )
        return None if job.next_type is None else write_envelope(job, job.next_type, result, headers())


class JobCatalogue:
    """The background job's table: job type -> handler."""

    def __init__(self, handlers: Mapping[str, Handler | Entry]) -> None:
        self._table = {name: _runnable(name, handler) for name, handler in handlers.items()}

    def read(self, delivery: Delivery) -> Job:
        """See the protocol."""
        return read_envelope(delivery)

    def knows(self, job: Job) -> bool:
        """See the protocol."""
        return job.type in self._table

    def find(self, job: Job) -> Runnable:
        """See the protocol."""
        found = self._table.get(job.type)
        if found is None:
            raise Unsupported(f"job type {job.type!r} is not one of {', '.join(sorted(self._table)) or 'none'}")
        return found

    def next_job(
        self, job: Job, result: JsonObject | None, headers: Callable[[], Mapping[str, str]]
    ) -> OutgoingMessage | None:
        """Nothing follows a background job by itself; a handler may call `context.send_job`."""
        return None


def _runnable(name: str, given: Handler | Entry) -> Runnable:
    entry = given if isinstance(given, Entry) else Entry(given)
    if inspect.isgeneratorfunction(entry.handler) or inspect.isasyncgenfunction(entry.handler):
        raise TypeError(f"the handler of {name!r} holds a `yield`: called, it would do nothing")
    return Runnable(entry.handler, entry.timeout_seconds, _payload(name, entry.handler))


def _payload(name: str, handler: Handler) -> Any | None:
    """The type that the handler's first parameter is annotated with, or None for a plain dictionary."""
    signature = _signature(handler)
    parameters = list(signature.parameters.values())
    if len(parameters) != 2:
        raise TypeError(f"the handler of {name!r} must take (data, context), not {signature}")
    kind = getattr(parameters[0].annotation, "__forward_arg__", parameters[0].annotation)
    if isinstance(kind, str):
        try:
            kind = eval(kind, _names_of(handler))  # noqa: S307 (our own source's annotation)
        except NameError as error:
            raise TypeError(
                f"the handler of {name!r}: its payload type {kind} cannot be found at run time: {error}. "
                "Import it outside `if TYPE_CHECKING`."
            ) from error
    if kind in (inspect.Parameter.empty, Any, dict, Mapping) or getattr(kind, "__origin__", None) in (dict, Mapping):
        return None
    try:
        msgspec.json.schema(kind)
    except (TypeError, NameError) as error:
        raise TypeError(f"the handler of {name!r}: {kind} cannot be validated: {error}") from error
    return kind


def _names_of(handler: Handler) -> dict[str, Any]:
    """Where the names of its annotations are looked up: its module, also behind a decorator, a `partial` or an object that is called."""
    plain: Any = inspect.unwrap(handler)
    while isinstance(plain, functools.partial):
        plain = inspect.unwrap(plain.func)
    names = getattr(plain, "__globals__", None) or getattr(type(plain).__call__, "__globals__", {})
    return cast("dict[str, Any]", names)


def _signature(handler: Handler) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        # Annotations are read lazily there (PEP 649): a name that is imported for type checkers only must not raise.
        import annotationlib

        return inspect.signature(handler, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(handler)
