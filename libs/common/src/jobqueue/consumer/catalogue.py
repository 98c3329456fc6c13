"""Catalogues: explicit tables of handlers by job type. Immutable after start; nothing is registered by an import.

TriggerCatalogue({"api_call": api_call}, default=record)          the main job: keyed by `trigger`
JobCatalogue({"send-report": HandlerOptions(send_report, timeout_seconds=60)})   the background job: keyed by `jobType`

A table that cannot work is refused at start, not at each job.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from jobqueue.consumer.policy import POLICY_FIELDS
from jobqueue.consumer.routes import Routes
from jobqueue.messages.envelope import read_envelope, write_envelope
from jobqueue.messages.errors import RejectJob, Undecodable, Unsupported
from jobqueue.messages.job import check_job_type
from jobqueue.messages.json import write_object
from jobqueue.messages.payload import validated
from jobqueue.messages.trigger import read_trigger

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from jobqueue.consumer.context import Context
    from jobqueue.messages.delivery import Delivery
    from jobqueue.messages.job import Job
    from jobqueue.messages.outgoing import OutgoingMessage

Handler = Callable[[Any, "Context"], Any]
"""`(data, context)`, sync or `async def`. A main job's returns a JSON object or None; a background job's result is not used."""

OpenResources = Callable[[Any], "AbstractContextManager[Any] | AbstractAsyncContextManager[Any]"]
"""Given the service's settings; a function under `@contextmanager` or `@asynccontextmanager` is one."""

Around = Callable[["Context", Callable[[], Any]], Any]
"""`(context, call)`, in the worker's thread: `call()` runs the handler, to its end if it is async, and gives its result. What this returns or raises
counts as the handler's."""

TYPO = "A typo, or imported under `if TYPE_CHECKING`?"
_UNFIT = re.compile(r"type <class '(?:.*\.)?(\w+)'> is not supported")
"""msgspec's words for a class that it cannot read."""

BAD_RESULT = "bad_result"
"""The reason of a reject whose handler returned what cannot be handed on. Its effects took place: another attempt would only repeat them."""


@dataclass(frozen=True)
class HandlerOptions:
    """A handler and what is particular to it; what is None falls back to the service's setting. What cannot work is refused at start, by name.

    Attributes:
        handler: The handler.
        timeout_seconds: A run longer than this counts as hung, as JOB_TIMEOUT_SECONDS.
        sends: It calls `context.send_job`, so a service without a queue to send to does not start.
        steps: It relies on steps that are remembered (`context.step`, `resume`), so a worker without job records does not start.
        max_attempts: Runs before a failing job is dead-lettered, as MAX_ATTEMPTS; at least 5 below the queue's maxReceiveCount.
        retry_first_seconds: Upper bound of the first retry's random delay, as RETRY_FIRST_SECONDS; doubles.
        retry_max_seconds: Upper bound of any retry's delay, as RETRY_MAX_SECONDS.
        max_concurrency: Jobs of this type that run at once in one worker, within MAX_CONCURRENCY. Jobs beyond it wait in the worker, up to a share
            of MAX_UNSETTLED, or go back to the queue for a while; neither costs an attempt or holds up other types.
    """

    handler: Handler
    timeout_seconds: float | None = None
    sends: bool = False
    steps: bool = False
    max_attempts: int | None = None
    retry_first_seconds: float | None = None
    retry_max_seconds: float | None = None
    max_concurrency: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Runnable:
    """A handler made ready at start: the payload's type was read from the handler's first annotation. `own` has its own fields of
    `ConsumerPolicy`."""

    handler: Handler
    payload: Any | None
    sends: bool
    steps: bool
    own: Mapping[str, float]

    def payload_of(self, job: Job) -> Any:
        """The job's data as the handler wants it. Raises Undecodable where it does not fit."""
        return job.data if self.payload is None else validated(job.data, self.payload)


class Catalogue(Protocol):
    """What the executor asks of a catalogue. Never blocks."""

    def read(self, delivery: Delivery) -> Job:
        """Decodes. Raises Undecodable, Unsupported or NothingToDo."""
        ...

    def knows(self, job: Job) -> bool:
        """Whether the table has the type (a default does not count)."""
        ...

    def find(self, job: Job) -> Runnable:
        """Raises Unsupported for a type without a handler here."""
        ...

    @property
    def follows(self) -> bool:
        """Whether jobs follow those of this table by themselves: then they must not come back to its own queue."""
        ...

    @property
    def table(self) -> Mapping[str, Runnable]:
        """All handlers by what errors call them."""
        ...

    @property
    def resources(self) -> OpenResources | None:
        """Opens what handlers need once a process."""
        ...

    @property
    def around(self) -> Around | None:
        """Called around every handler."""
        ...

    @property
    def routes(self) -> Routes:
        """Where jobs that follow, and those that handlers send, go."""
        ...

    def next_job(self, job: Job, result: object, headers: Callable[[], Mapping[str, str]]) -> OutgoingMessage | None:
        """What to send once the handler returned. Raises RejectJob (`bad_result`) where the result cannot be handed on."""
        ...


class TriggerCatalogue:
    """The main job's table: trigger name -> handler, and a default for all others. `resources`, `around` and `routes`: as of a `JobCatalogue`; the
    job that a trigger asks for goes where `routes` say, too."""

    follows = True

    def __init__(
        self,
        handlers: Mapping[str, Handler | HandlerOptions],
        *,
        default: Handler | HandlerOptions,
        resources: OpenResources | None = None,
        around: Around | None = None,
        routes: Routes | None = None,
    ) -> None:
        self.resources, self.around = _checked_resources(resources), _checked_around(around)
        self.routes = _checked_routes(routes)
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

    def next_job(self, job: Job, result: object, headers: Callable[[], Mapping[str, str]]) -> OutgoingMessage | None:
        """The background job, where the trigger asks for one. The result is checked in any case, so that a mistake shows at the first trigger."""
        who = f"the handler of trigger {job.type!r}"
        if result is not None and not isinstance(result, dict):
            raise RejectJob(BAD_RESULT, f"{who} must return a JSON object or None, not {type(result).__name__}")
        try:
            text = write_object(result)
        except TypeError as error:
            raise RejectJob(BAD_RESULT, f"what {who} returned is not JSON: {error}") from error
        return None if job.next_type is None else write_envelope(job, job.next_type, text, headers())

    @property
    def table(self) -> Mapping[str, Runnable]:
        """See the protocol."""
        return {**self._table, "the default": self._default}


class JobCatalogue:
    """The background job's table: job type -> handler.

    `resources` is given the service's settings and returns a context manager, sync or async: entered before the first receive, left after the
    drain; handlers find what it gives in `context.resources`. An error of it ends the start with exit code 69. `around(context, call)` runs around
    every handler: times it, sets what its log lines need, translates its errors. `routes` say which queue a job type is sent to.
    """

    follows = False

    def __init__(
        self,
        handlers: Mapping[str, Handler | HandlerOptions],
        *,
        resources: OpenResources | None = None,
        around: Around | None = None,
        routes: Routes | None = None,
    ) -> None:
        self.resources, self.around = _checked_resources(resources), _checked_around(around)
        self.routes = _checked_routes(routes)
        self._table = {_checked_type(name): _runnable(name, handler) for name, handler in handlers.items()}

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
            known = ", ".join(sorted(self._table)) or "none"
            advice = "add it to this service's table, or route it to the queue of the service that has it"
            raise Unsupported(f"job type {job.type!r} is not one of {known}: {advice}")
        return found

    def next_job(self, job: Job, result: object, headers: Callable[[], Mapping[str, str]]) -> OutgoingMessage | None:
        """Nothing follows a background job by itself; a handler may call `context.send_job`."""
        return None

    @property
    def table(self) -> Mapping[str, Runnable]:
        """See the protocol."""
        return self._table


def _checked_type(job_type: str) -> str:
    """Raises TypeError for a type that no message can have."""
    try:
        return check_job_type(job_type, "job type")
    except Undecodable as error:
        raise TypeError(f"a line of the table can never be used: {error}") from None


def _checked_resources(given: OpenResources | None) -> OpenResources | None:
    """Raises TypeError for what cannot be called with the settings."""
    if given is not None:
        _check_call("resources", given, "settings")
    return given


def _checked_around(given: Around | None) -> Around | None:
    """Raises TypeError for what cannot be called around a handler."""
    if given is None:
        return None
    _check_call("around", given, "context", "call")
    if any(inspect.iscoroutinefunction(one) or inspect.isgeneratorfunction(one) for one in _inner(given)):
        raise TypeError("around must be a plain function that calls call(), which runs an async handler to its end too")
    return given


def _checked_routes(given: Routes | None) -> Routes:
    """Raises TypeError for anything but Routes."""
    if given is not None and not isinstance(given, Routes):
        raise TypeError(f'routes must be Routes({{"send-report": "report-jobs"}}, default=...), not {given!r:.60}')
    return given or Routes()


def _check_call(name: str, given: Callable[..., Any], *arguments: str) -> None:
    """Raises TypeError for what cannot be called with as many arguments."""
    if not callable(given):
        raise TypeError(f"{name} must be a function, not {given!r:.60}")
    try:
        _signature(given).bind(*arguments)
    except TypeError:
        raise TypeError(
            f"{name} must take ({', '.join(arguments)}) as positional arguments, not {_signature(given)}"
        ) from None


def _runnable(name: str, given: Handler | HandlerOptions) -> Runnable:
    options = given if isinstance(given, HandlerOptions) else HandlerOptions(given)
    _check_call(f"the handler of {name!r}", options.handler, "data", "context")
    if any(inspect.isgeneratorfunction(one) or inspect.isasyncgenfunction(one) for one in _inner(options.handler)):
        raise TypeError(
            f"the handler of {name!r} contains `yield`, so a call would only make a generator and run nothing: remove the `yield`"
        )
    return Runnable(options.handler, _payload(name, options.handler), options.sends, options.steps, _own(name, options))


def _own(name: str, options: HandlerOptions) -> Mapping[str, float]:
    """Raises TypeError for what is no number; ranges are the policy's (`HandlerPolicies`)."""
    own = {}
    for option, field in POLICY_FIELDS.items():
        value = getattr(options, option)
        if value is None:
            continue
        whole = option.startswith("max_")
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not isfinite(value):
            raise TypeError(f"{option} of {name!r} must be a {'whole ' * whole}number, not {value!r}")
        own[field] = value
    return own


def _payload(name: str, handler: Handler) -> Any | None:
    """The type that the handler's first parameter is annotated with, or None for a plain dictionary."""
    signature = _signature(handler)
    parameters = list(signature.parameters.values())
    if parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:  # a decorator that hides what it decorates
        return None
    kind = getattr(parameters[0].annotation, "__forward_arg__", parameters[0].annotation)
    if isinstance(kind, str):
        try:
            kind = eval(kind, _names_of(handler))  # noqa: S307 (our own source's annotation)
        except (NameError, AttributeError) as error:
            raise TypeError(
                f"the handler of {name!r}: its payload type {kind} was not found: {error}. {TYPO}"
            ) from error
    if kind in (inspect.Parameter.empty, Any, dict, Mapping) or getattr(kind, "__origin__", None) in (dict, Mapping):
        return None
    try:
        msgspec.json.schema(kind)
    except (TypeError, NameError, AttributeError) as error:
        raise TypeError(f"the handler of {name!r}: {_unfit(kind, error)}") from error
    return kind


def _unfit(kind: Any, error: Exception) -> str:
    """What keeps msgspec from reading a payload type: itself, or something in it."""
    whole = kind.__name__ if isinstance(kind, type) else str(kind)
    if not isinstance(error, TypeError):
        return f"an annotation in its payload type {whole} was not found: {error}. {TYPO}"
    unfit = _UNFIT.search(str(error))
    if unfit is None:
        return f"type {whole} is not supported: {error}"
    within = "" if unfit[1] == whole else f", in {whole}"
    return f"type {unfit[1]} is not supported{within}: make it a dataclass, TypedDict or msgspec.Struct"


def _inner(handler: Any) -> Iterator[Any]:
    """A handler and what it wraps: behind decorators, behind a `partial`, behind a callable object."""
    while True:
        yield handler
        if hasattr(handler, "__wrapped__"):
            handler = handler.__wrapped__
        elif isinstance(handler, functools.partial):
            handler = handler.func
        elif not inspect.isroutine(handler) and not isinstance(handler, type):
            handler = type(handler).__call__
        else:
            return


def _names_of(handler: Handler) -> dict[str, Any]:
    """Where the names of its annotations are looked up: the module of what it stands for."""
    *_, plain = _inner(handler)
    return cast("dict[str, Any]", getattr(plain, "__globals__", {}))


def _signature(handler: Callable[..., Any]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        # Annotations are read lazily there (PEP 649): a name that is imported for type checkers only must not raise.
        import annotationlib

        return inspect.signature(handler, annotation_format=annotationlib.Format.FORWARDREF)
    return inspect.signature(handler)
