"""Steps of one attempt at a job: what `Context.step` and `Context.resume` do. Used in the handler's thread, and in those that it starts.

A step's result is written before the handler sees it, and the first that was written counts (`consumer.job_steps`). A call about a step that fails is
tried again in place: what has run does not run again for it. Where nothing can be remembered a step is a plain call, and `resume` a plain loop.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from jobqueue import forks
from jobqueue.consumer.job_records import Key, RecordsError
from jobqueue.consumer.job_steps import MAX_RESULT_BYTES, VERSION, JobStep
from jobqueue.consumer.rate_limited_log import RateLimitedLog
from jobqueue.consumer.retry import jittered
from jobqueue.messages.characters import fault_of
from jobqueue.messages.errors import RejectJob, Released, RetryJob, StepInterrupted, Unsupported
from jobqueue.messages.json import write_object

if TYPE_CHECKING:
    from jobqueue.consumer.context import Context
    from jobqueue.consumer.job_records import JobRecord
    from jobqueue.consumer.job_steps import JobSteps

logger = logging.getLogger(__name__)

MAX_NAME_CHARACTERS = 100
"""Of a step's name; with a job type it stays below the 1,024 bytes of a sort key, whatever its characters."""

MAX_CURSOR_BYTES = 256
"""Of a cursor with the name of its resume, as JSON: it is part of the job's record, and each write of that is billed by its size."""

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.2, 5.0
"""Before a call about a step is tried again."""

BAD_RESULT, BAD_CURSOR, NO_RECORD = "bad_step_result", "bad_cursor", "no_job_record"
"""Reasons of rejects."""

Element = TypeVar("Element")
Answer = TypeVar("Answer")

_place: ContextVar[str] = ContextVar("place", default="")
"""The step that this code runs in."""

_limited_log = RateLimitedLog(logger)


@dataclass(frozen=True, slots=True)
class Memory:
    """Where an attempt's steps are remembered. `record` is its job's, as it began; `failed` counts a call that did, by its code."""

    steps: JobSteps
    record: JobRecord
    failed: Callable[[str], None] = lambda code: None


class Steps:
    """Owns what an attempt did of its steps. `memory` None: its job has no record."""

    def __init__(self, context: Context, memory: Memory | None) -> None:
        self._context = context
        self._memory = memory
        self._lock = Lock()
        self._names: set[str] = set()
        self._found: Mapping[str, JobStep] | None = None
        self._resumes = ""  # the resume that has begun and is not at its end
        self._element = ""
        self._got_on = False
        self._longest = 0.0  # seconds of an element

    @property
    def used(self) -> bool:
        """Whether this attempt has come to a step or a resume."""
        return bool(self._names)

    @property
    def place(self) -> str:
        """The step, or the element of a resume, that this code runs in; empty outside of both."""
        return _place.get() or self._element

    def run(
        self,
        name: str,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        at_most_once: bool,
    ) -> Any:
        """See `Context.step`."""
        step = self._begin(name, at_most_once=at_most_once)
        if step.result is not None:
            return _read(step.result)
        try:
            with _within(f"step\n{name}"):
                result = function(*args, **kwargs)
        except RetryJob:
            self._take_back(step)
            raise
        return self._end(step, result)

    async def arun(
        self,
        name: str,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        at_most_once: bool,
    ) -> Any:
        """See `Context.astep`."""
        step = await self._off_the_loop(lambda: self._begin(name, at_most_once=at_most_once))
        if step.result is not None:
            return _read(step.result)
        try:
            with _within(f"step\n{name}"):
                result = function(*args, **kwargs)
                if isinstance(result, Awaitable):
                    result = await result
        except RetryJob:
            await self._off_the_loop(lambda: self._take_back(step))
            raise
        return await self._off_the_loop(lambda: self._end(step, result))

    def elements(
        self, name: str, source: Callable[[Any], Iterable[Element]], cursor: Callable[[Element], object] | None
    ) -> Iterator[Element]:
        """See `Context.resume`."""
        resumed = self._resume(name)
        if resumed is None:
            return
        elements = iter(source(resumed.cursor))
        while True:
            began = self._check(f"the next element of resume {name!r}")
            try:
                element = next(elements)
            except StopIteration:
                break
            text = self._cursor_text(name, element, cursor)
            self._element = f"element\n{text}"
            try:
                yield element
            finally:
                self._element = ""
            self._finished(text, began)
        self._end(resumed.step, None)
        self._resumes = ""

    async def aelements(
        self,
        name: str,
        source: Callable[[Any], AsyncIterable[Element] | Iterable[Element]],
        cursor: Callable[[Element], object] | None,
    ) -> AsyncIterator[Element]:
        """See `Context.aresume`."""
        resumed = await self._off_the_loop(lambda: self._resume(name))
        if resumed is None:
            return
        async with aclosing(_drawn(source(resumed.cursor))) as elements:
            while True:
                began = self._check(f"the next element of resume {name!r}")
                try:
                    element = await anext(elements)
                except StopAsyncIteration:
                    break
                text = self._cursor_text(name, element, cursor)
                self._element = f"element\n{text}"
                try:
                    yield element
                finally:
                    self._element = ""
                self._finished(text, began)
        await self._off_the_loop(lambda: self._end(resumed.step, None))
        self._resumes = ""

    def _begin(self, name: str, *, at_most_once: bool) -> JobStep:
        """The step with its remembered result, or one that is to run. Blocks."""
        self._take(name)
        step = self._step(name, uuid.uuid4().hex if at_most_once else "")
        if self._memory is None:
            if at_most_once:
                raise RejectJob(
                    NO_RECORD,
                    f"{self._of(name)} may run at most once, which only a job's record can tell, and this job has none: "
                    "set JOB_TABLE (job_records = true in the stack; of a main job JOB_RECORD_TRIGGERS as well), then redrive",
                )
            return step
        found = self._remembered().get(name)
        if found is not None and found.result is not None:
            return found
        if found is not None and found.begun and at_most_once:
            raise self._interrupted(found)
        self._check(f"step {name!r}")
        if not at_most_once:
            return step
        begin = self._memory.steps.begin
        stands = self._insist(lambda: begin(step), before=f"step {name!r}")
        if stands is None or stands.mark == step.mark:
            return step
        self._check_whose(stands)
        if stands.result is None:
            raise self._interrupted(stands)
        return stands

    def _end(self, step: JobStep, result: object) -> Any:
        """The result as a later attempt will get it. Blocks."""
        text = self._result_text(step.name, result)
        if self._memory is None:
            return _read(text)
        end, ended = self._memory.steps.end, replace(step, result=text, at=time.time_ns() // 1_000_000)
        stands = self._insist(lambda: end(ended))
        self._got_on = True
        if stands is None or stands.result is None:  # of one that may run at most once: it was told to run again
            raise Released(f"{self._of(step.name)}: another attempt has begun it")
        if stands.result != text:
            self._check_whose(stands)
        return _read(stands.result)

    def _take_back(self, step: JobStep) -> None:
        """Its function says that it has done nothing: it may begin again."""
        if self._memory is not None and step.mark:
            again = self._memory.steps.again
            self._insist(lambda: again(step))

    def _resume(self, name: str) -> _Resumed | None:
        """Where to go on; None: it is at its end. Blocks."""
        self._take(name)
        if self._resumes:
            raise RuntimeError(
                f"{self._of(name)}: resume {self._resumes!r} is not at its end, and a job has one cursor. Take one after the other; "
                "to leave one early, let its source end"
            )
        cursor = None
        if self._memory is not None:
            found = self._remembered().get(name)
            if found is not None and found.result is not None:
                return None
            of, cursor = _read(self._memory.record.cursor or '["",null]')
            cursor = cursor if of == name else None
        self._resumes = name
        return _Resumed(self._step(name), cursor)

    def _finished(self, text: str, began: float) -> None:
        self._got_on = True
        self._longest = max(self._longest, time.monotonic() - began)
        if self._memory is not None:
            self._context.cursor = text

    def _check(self, before: str) -> float:
        """Monotonic seconds. Raises Released where nothing more may begin; past the deadline only what got on is handed back, so that it ends."""
        context, now = self._context, time.monotonic()
        if self._memory is None:
            return now
        why = ""
        if context.cancelled:
            why = "it is cancelled"
        elif context.lease_lost:
            why = "its lease is lost"
        elif context.stopping:
            why = "the worker stops"
        elif self._got_on and (context.timed_out or now + self._longest >= context.deadline):
            why = "its time is up"
        if why:
            raise Released(f"job {context.job_id} is handed back before {before}: {why}")
        return now

    def _check_whose(self, stands: JobStep) -> None:
        """Raises Released where a later attempt has come so far: this one lost its lease."""
        if self._memory is not None and stands.attempt > self._memory.record.attempt:
            raise Released(f"{self._of(stands.name)}: attempt {stands.attempt} has it already")

    def _interrupted(self, found: JobStep) -> StepInterrupted:
        name, job_id = found.name, self._context.job_id
        return StepInterrupted(
            f"{self._of(name)}: attempt {found.attempt} began it, and is not known to have ended it. Find out whether it took effect; then "
            f"`jobctl step {job_id} {name} --done JSON` (it did) or `--again` (it did not), and `jobctl dead redrive`"
        )

    def _remembered(self) -> Mapping[str, JobStep]:
        """What earlier attempts left. One call an attempt, at its first step; none where no attempt began before."""
        memory = self._memory
        with self._lock:
            if self._found is None and memory is not None:
                steps: Sequence[JobStep] = ()
                if memory.record.begins > 1:
                    steps = self._insist(lambda: memory.steps.read(memory.record.key), before="its first step")
                if any(step.version > VERSION for step in steps):
                    raise Unsupported("one of its steps was written by a newer version of the runtime")
                self._found = {step.name: step for step in steps}
            return self._found or {}

    def _insist(self, call: Callable[[], Answer], before: str = "") -> Answer:
        """Tries until it is known, or the attempt is over. `before`: what has not begun, so that a stop ends it."""
        for tries in count(1):
            try:
                return call()
            except RecordsError as error:
                if self._memory is not None:
                    self._memory.failed(error.code)
                if before:
                    self._check(before)
                if self._context.lease_lost or self._context.timed_out:
                    raise
                _limited_log.warning("step", f"{error} It is tried again.")
                time.sleep(jittered(tries, FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS))
        raise AssertionError

    async def _off_the_loop(self, work: Callable[[], Answer]) -> Answer:
        from jobqueue.consumer.async_handlers import in_a_thread  # asyncio: for those who use it

        return work() if self._memory is None else await in_a_thread(work)

    def _take(self, name: object) -> None:
        """Raises ValueError or RuntimeError."""
        if forks.is_child():
            raise RuntimeError(
                "a forked child has no steps, its connections are the parent's: take them in the handler"
            )
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_CHARACTERS or fault_of(name) is not None:
            raise ValueError(
                f"a step of job {self._context.job_id} must have a name of 1 to {MAX_NAME_CHARACTERS} printable characters, not {name!r:.60}"
            )
        with self._lock:
            if name in self._names:
                raise ValueError(
                    f"{self._of(name)}: the name was used before in this attempt, and means one step or resume of the job. "
                    "In a loop make what differs part of it: f'charge-{order.id}'"
                )
            self._names.add(name)
        if self._memory is None:
            _limited_log.warning(
                "memory",
                "steps are not remembered: this worker keeps no record of its jobs. Each attempt runs all of them (docs/steps.md; JOB_TABLE)",
            )

    def _step(self, name: str, mark: str = "") -> JobStep:
        key, attempt = Key(self._context.job_id, self._context.type), self._context.attempt
        if self._memory is not None:
            key, attempt = self._memory.record.key, self._memory.record.attempt
        return JobStep(key=key, name=name, attempt=attempt, at=time.time_ns() // 1_000_000, mark=mark)

    def _result_text(self, name: str, result: object) -> str:
        """Raises RejectJob: another attempt would only repeat what it did."""
        if hasattr(result, "__await__"):
            raise RejectJob(BAD_RESULT, f"{self._of(name)}: its function is async: `await context.astep(...)`")
        try:
            text = write_object(result)
        except TypeError as error:
            raise RejectJob(BAD_RESULT, f"{self._of(name)}: its result is not JSON: {error}") from error
        size = len(text.encode())
        if size > MAX_RESULT_BYTES:
            raise RejectJob(
                BAD_RESULT,
                f"{self._of(name)}: its result has {size:,} bytes as JSON; at most {MAX_RESULT_BYTES:,} are remembered. "
                "Put it into a store of its own (S3), and let the step return where",
            )
        return text

    def _cursor_text(self, name: str, element: Element, cursor: Callable[[Element], object] | None) -> str:
        """Raises TypeError or RejectJob."""
        value = element if cursor is None else cursor(element)
        if value is None or (cursor is None and not isinstance(value, str | int)):
            raise TypeError(
                f"{self._of(name)}: {type(value).__name__} is no cursor. Say where to go on behind an element: "
                "context.resume(name, source, cursor=lambda order: order['id'])"
            )
        try:
            text = write_object([name, value])
        except TypeError as error:
            raise RejectJob(BAD_CURSOR, f"{self._of(name)}: a cursor is not JSON: {error}") from error
        if len(text.encode()) > MAX_CURSOR_BYTES:
            raise RejectJob(
                BAD_CURSOR,
                f"{self._of(name)}: a cursor has {len(text.encode())} bytes with the name, as JSON; at most {MAX_CURSOR_BYTES} are remembered",
            )
        return text

    def _of(self, name: str) -> str:
        return f"step {name!r} of job {self._context.job_id}"


@dataclass(frozen=True, slots=True)
class _Resumed:
    """A resume that is not at its end, and where it goes on."""

    step: JobStep
    cursor: object


@contextmanager
def _within(place: str) -> Iterator[None]:
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


async def _drawn(elements: AsyncIterable[Element] | Iterable[Element]) -> AsyncGenerator[Element, None]:
    if isinstance(elements, AsyncIterable):
        async for element in elements:
            yield element
    else:
        for element in elements:
            yield element


def _read(text: str) -> Any:
    return msgspec.json.decode(text)
