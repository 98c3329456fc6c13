"""Steps that are remembered: what a later attempt runs again and what it does not, and where an attempt ends by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest

from jobqueue import Context, HandlerOptions, JobCatalogue, RejectJob, RetryJob, StepInterrupted
from jobqueue.consumer import steps as module
from jobqueue.consumer.job_records import Status
from jobqueue.consumer.job_steps import MAX_RESULT_BYTES, VERSION
from jobqueue.testing import Drained, InMemoryJobRecords, InMemoryQueue, drain, put_job

from .workbench import WAIT_SECONDS, Worker, put_jobs, quick

Handler = Callable[[dict[str, Any], Context], Any]


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> InMemoryJobRecords:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.0)
    return InMemoryJobRecords()


def done(handler: Handler, records: InMemoryJobRecords | None, **options: Any) -> Drained:
    queue = InMemoryQueue()
    put_job(queue, "work")
    return drain(JobCatalogue({"work": HandlerOptions(handler, **options)}), queue, records=records)


@dataclass
class Ran:
    """What ran, in order."""

    times: list[str]

    def __call__(self, name: str) -> str:
        self.times.append(name)
        return name


@pytest.fixture
def ran() -> Ran:
    return Ran([])


def test_a_later_attempt_gets_what_an_earlier_one_remembered(records: InMemoryJobRecords, ran: Ran) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        first = context.step("first", ran, "a")
        if context.attempt < 3:
            context.step(f"only in {context.attempt}", ran, str(context.attempt))
            raise RetryJob
        assert context.step("second", ran, first + "b") == "ab"

    drained = done(handler, records)
    assert drained.outcomes == ["retry", "retry", "done"]
    assert ran.times == ["a", "1", "2", "ab"]
    assert records.steps.results() == {"first": "a", "only in 1": "1", "only in 2": "2", "second": "ab"}


def test_a_first_run_gives_what_json_makes_of_a_result_too(records: InMemoryJobRecords) -> None:
    seen = []

    def handler(data: dict[str, Any], context: Context) -> None:
        seen.append(context.step("pair", lambda: (1, {"a": None})))
        if len(seen) == 1:
            raise RetryJob

    for store in (records, None):
        seen.clear()
        done(handler, store)
        assert seen == [[1, {"a": None}]] * 2


def test_a_first_attempt_reads_nothing_and_a_later_one_once(records: InMemoryJobRecords) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        context.step("one", int)
        context.step("two", int)
        assert records.steps.calls["read"] == (context.attempt > 1)
        if context.attempt == 1:
            raise RetryJob

    assert done(handler, records).outcomes == ["retry", "done"]
    assert records.steps.calls == {"end": 2, "read": 1}


def test_a_step_that_failed_runs_again(records: InMemoryJobRecords) -> None:
    def fails(attempt: int) -> str:
        if attempt == 1:
            raise OSError("not there")
        return "there"

    assert done(
        lambda data, context: context.complete(it=context.step("it", fails, context.attempt)), records
    ).completions == [{"it": "there"}]


def test_names_are_unique_within_a_job_and_are_text(records: InMemoryJobRecords) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        context.step("one", int)
        for name in ("one", "", "x" * 101, "line\nend", 7):
            with pytest.raises(ValueError, match=r"name"):
                context.step(name, int)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"'one' of job .* was used before"):
            list(context.resume("one", lambda cursor: []))

    assert done(handler, records).outcomes == ["done"]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({1, 2}, "its result is not JSON: .* is a set"),
        ("x" * MAX_RESULT_BYTES, "307,202 bytes as JSON; at most 307,200"),
        (asyncio.sleep, "its function is async"),
    ],
)
def test_a_result_that_cannot_be_remembered_rejects_the_job_and_names_the_step(
    records: InMemoryJobRecords, result: object, text: str
) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        sleep = result is asyncio.sleep
        coroutine = asyncio.sleep(0) if sleep else None
        try:
            with pytest.raises(RejectJob, match=rf"step 'fetch' of job {context.job_id}: .*{text}"):
                context.step("fetch", lambda: coroutine or result)
        finally:
            if coroutine is not None:
                coroutine.close()
        raise RejectJob("seen")

    assert done(handler, records).dead_letters[0].reason == "seen"


class TestAtMostOnce:
    def test_it_runs_once_and_its_result_is_remembered(self, records: InMemoryJobRecords, ran: Ran) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            assert context.step("charge", ran, "charged", at_most_once=True) == "charged"
            if context.attempt == 1:
                raise RetryJob

        assert done(handler, records).outcomes == ["retry", "done"]
        assert ran.times == ["charged"]

    def test_begun_and_not_known_to_have_ended_it_is_dead_at_once_with_what_to_do(
        self, records: InMemoryJobRecords, ran: Ran
    ) -> None:
        def charge() -> None:
            ran("charged")
            raise OSError("no answer")

        drained = done(lambda data, context: context.step("charge", charge, at_most_once=True), records)
        assert drained.outcomes == ["retry", "reject"]
        [letter] = drained.dead_letters
        assert letter.reason == "step_interrupted"
        assert "`jobctl step" in letter.error
        assert "attempt 1 began it" in letter.error
        assert ran.times == ["charged"]

    def test_a_handler_may_find_out_by_itself(self, records: InMemoryJobRecords) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            try:
                context.step("charge", lambda: 1 / 0, at_most_once=True)
            except StepInterrupted:
                context.complete(looked=True)

        assert done(handler, records).completions == [{"looked": True}]

    def test_a_function_that_asks_for_another_attempt_has_done_nothing(
        self, records: InMemoryJobRecords, ran: Ran
    ) -> None:
        def charge(attempt: int) -> None:
            ran(f"asked {attempt}")
            if attempt < 3:
                raise RetryJob("busy")

        drained = done(
            lambda data, context: context.step("charge", charge, context.attempt, at_most_once=True), records
        )
        assert drained.outcomes == ["retry", "retry", "done"]

    @pytest.mark.parametrize("operation", ["begin", "end"])
    @pytest.mark.parametrize("took_effect", [True, False])
    def test_a_call_that_fails_costs_no_run(
        self, records: InMemoryJobRecords, ran: Ran, operation: str, took_effect: bool
    ) -> None:
        records.steps.fail[operation] = [took_effect]
        drained = done(lambda data, context: context.step("charge", ran, "charged", at_most_once=True), records)
        assert drained.outcomes == ["done"]
        assert ran.times == ["charged"]

    def test_it_is_refused_where_nothing_can_be_remembered(self) -> None:
        [letter] = done(lambda data, context: context.step("charge", int, at_most_once=True), None).dead_letters
        assert letter.reason == "no_job_record"
        assert "JOB_TABLE" in letter.error


class TestTwoAttemptsAtOnce:
    """The lease of the first was lost: both run."""

    def test_what_the_first_remembered_counts_for_both(self, records: InMemoryJobRecords) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            def late() -> str:
                another(records, context, attempt=0, name="fetch", result='"earlier"')
                return "later"

            assert context.step("fetch", late) == "earlier"

        assert done(handler, records).outcomes == ["done"]

    def test_one_that_a_later_attempt_overtook_ends(self, records: InMemoryJobRecords, ran: Ran) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            if ran.times:
                return
            ran("began")
            another(records, context, attempt=2, name="fetch", result='"later"')
            context.step("fetch", str, "mine")
            ran("went on")

        assert done(handler, records).outcomes == ["release", "done"]
        assert ran.times == ["began"]

    def test_what_may_run_at_most_once_runs_in_one_of_them(self, records: InMemoryJobRecords, ran: Ran) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            another(records, context, attempt=0, name="charge", mark="theirs")
            context.step("charge", ran, "charged", at_most_once=True)

        assert done(handler, records).dead_letters[0].reason == "step_interrupted"
        assert ran.times == []


def another(records: InMemoryJobRecords, context: Context, *, attempt: int, name: str, **fields: Any) -> None:
    """What another attempt writes meanwhile."""
    [record] = records.find(context.job_id)
    step = module.JobStep(key=record.key, name=name, attempt=attempt, at=0, **fields)
    (records.steps.end if "result" in fields else records.steps.begin)(step)


def test_a_step_of_a_newer_version_leaves_the_job_to_a_newer_worker(records: InMemoryJobRecords) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        [record] = records.find(context.job_id)
        step = module.JobStep(key=record.key, name="fetch", attempt=1, at=0, result="1", version=VERSION + 1)
        records.steps.end(step)
        if context.attempt == 1:
            raise RetryJob
        context.step("other", int)

    assert done(handler, records).dead_letters[0].reason == "unsupported"


class TestResume:
    def test_it_goes_on_behind_the_last_element_that_was_finished(self, records: InMemoryJobRecords, ran: Ran) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            for number in context.resume("numbers", lambda cursor: range((cursor or 0) + 1, 6)):
                ran(str(number))
                if number == 3 and context.attempt == 1:
                    raise OSError("inside of the third")

        assert done(handler, records).outcomes == ["retry", "done"]
        assert ran.times == ["1", "2", "3", "3", "4", "5"]

    def test_one_at_its_end_is_not_begun_again(self, records: InMemoryJobRecords, ran: Ran) -> None:
        def source(cursor: str | None) -> Iterator[str]:
            ran(f"from {cursor}")
            yield from ["a", "b"]

        def handler(data: dict[str, Any], context: Context) -> None:
            assert list(context.resume("one", source)) == (["a", "b"] if context.attempt == 1 else [])
            for _ in context.resume("two", source):
                if context.attempt == 1:
                    raise RetryJob

        assert done(handler, records).outcomes == ["retry", "done"]
        assert ran.times == ["from None", "from None", "from None"]

    def test_a_cursor_is_what_the_handler_makes_of_an_element(self, records: InMemoryJobRecords) -> None:
        orders = [{"id": number} for number in range(4)]
        seen = []

        def handler(data: dict[str, Any], context: Context) -> None:
            def source(cursor: list[int] | None) -> list[dict[str, int]]:
                return orders if cursor is None else orders[cursor[0] + 1 :]

            for order in context.resume("orders", source, cursor=lambda order: (order["id"],)):
                seen.append(order["id"])
                if order["id"] == 2 and context.attempt == 1:
                    raise RetryJob

        done(handler, records)
        assert seen == [0, 1, 2, 2, 3]
        [record] = records.all()
        assert record.cursor == '["orders",[3]]'

    def test_an_element_that_is_no_cursor_is_refused_by_name(self, records: InMemoryJobRecords) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            with pytest.raises(TypeError, match=r"step 'a' of job .*: dict is no cursor"):
                list(context.resume("a", lambda cursor: [{"id": 1}]))

        assert done(handler, records).outcomes == ["done"]

    @pytest.mark.parametrize("cursor", ["x" * 256, {1}])
    def test_a_cursor_that_cannot_be_remembered_rejects_the_job(
        self, records: InMemoryJobRecords, cursor: object
    ) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            list(context.resume("orders", lambda _: [1], cursor=lambda element: cursor))

        [letter] = done(handler, records).dead_letters
        assert letter.reason == "bad_cursor"
        assert "step 'orders' of job" in letter.error

    def test_one_comes_after_the_other(self, records: InMemoryJobRecords) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            for _ in context.resume("outer", lambda cursor: ["a"]):
                with pytest.raises(RuntimeError, match=r"resume 'outer' is not at its end"):
                    list(context.resume("inner", lambda cursor: ["b"]))

        assert done(handler, records).outcomes == ["done"]

    def test_without_records_it_is_a_plain_loop(self, ran: Ran) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            for element in context.resume("letters", lambda cursor: "ab"):
                ran(element)
            if context.attempt == 1:
                raise RetryJob

        done(handler, None)
        assert ran.times == ["a", "b", "a", "b"]


class TestAtAStop:
    def test_the_attempt_is_handed_back_between_two_elements_and_costs_nothing(
        self, records: InMemoryJobRecords, ran: Ran
    ) -> None:
        running = Event()

        def handler(data: dict[str, Any], context: Context) -> None:
            try:
                for number in context.resume("numbers", lambda cursor: range((cursor or 0) + 1, 1000)):
                    ran(str(number))
                    running.set()
                    assert worker.draining.wait(WAIT_SECONDS)
            except Exception:  # noqa: BLE001 (the handler's, which must not eat it)
                ran("eaten")

        with Worker(JobCatalogue({"work": handler}), policy=quick(), records=records) as worker:
            put_jobs(worker.queue, 1)
            assert running.wait(WAIT_SECONDS)
            worker.consumer.drain()
            assert worker.drained() == 0
        assert ran.times == ["1"]
        [record] = records.all()
        assert (record.status, record.attempt, record.cursor) == (Status.QUEUED, 0, '["numbers",1]')

    def test_no_step_begins_and_one_that_is_remembered_is_given(self, records: InMemoryJobRecords, ran: Ran) -> None:
        running = Event()

        def handler(data: dict[str, Any], context: Context) -> None:
            context.step("first", ran, "first")
            running.set()
            assert worker.draining.wait(WAIT_SECONDS)
            context.step("second", ran, "second")

        with Worker(JobCatalogue({"work": handler}), policy=quick(), records=records) as worker:
            put_jobs(worker.queue, 1)
            assert running.wait(WAIT_SECONDS)
            worker.consumer.drain()
            assert worker.drained() == 0
        assert ran.times == ["first"]
        [record] = records.all()
        assert (record.status, record.attempt) == (Status.QUEUED, 0)


def test_a_resume_whose_time_is_up_is_handed_back_and_ends_in_as_many_attempts_as_it_needs(
    records: InMemoryJobRecords, ran: Ran
) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        for number in context.resume("numbers", lambda cursor: range((cursor or 0) + 1, 4)):
            ran(str(number))
            context.deadline = time.monotonic()  # as after minutes

    drained = done(handler, records)
    assert drained.outcomes == ["release", "release", "release", "done"]
    assert ran.times == ["1", "2", "3"]


def test_an_attempt_that_got_nothing_done_is_not_handed_back_for_ever(records: InMemoryJobRecords, ran: Ran) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        context.deadline = time.monotonic()
        context.step("first", ran, "first")

    assert done(handler, records).outcomes == ["done"]


@pytest.mark.parametrize("take", [lambda c: c.step("a", int), lambda c: list(c.resume("a", lambda cursor: [1]))])
def test_nothing_begins_once_the_lease_is_lost(records: InMemoryJobRecords, take: Callable[[Context], object]) -> None:
    def handler(data: dict[str, Any], context: Context) -> None:
        if not records.find(context.job_id)[0].settled_by and context.attempt == 1 and not lost:
            lost.append(1)
            context.lease_lost = True
            take(context)

    lost: list[int] = []
    assert done(handler, records).outcomes == ["release", "done"]


class TestAsync:
    def test_steps_and_resume_await(self, records: InMemoryJobRecords, ran: Ran) -> None:
        async def fetch(name: str) -> str:
            await asyncio.sleep(0)
            return ran(name)

        async def numbers(cursor: int | None) -> AsyncIterator[int]:
            for number in range((cursor or 0) + 1, 4):
                yield number

        async def handler(data: dict[str, Any], context: Context) -> None:
            both = await asyncio.gather(context.astep("a", fetch, "a"), context.astep("b", fetch, "b"))
            assert both == ["a", "b"]
            assert await context.astep("plain", ran, "plain") == "plain"
            async for number in context.aresume("numbers", numbers):
                ran(str(number))
                if number == 2 and context.attempt == 1:
                    raise OSError
            async for letter in context.aresume("letters", lambda cursor: "x"):
                ran(letter)
            with pytest.raises(RuntimeError, match=r"await context.astep"):
                context.step("on the loop", int)
            with pytest.raises(RuntimeError, match=r"context\.aresume"):
                context.resume("on the loop", lambda cursor: [])

        assert done(handler, records).outcomes == ["retry", "done"]
        assert sorted(ran.times[:2]) == ["a", "b"]
        assert ran.times[2:] == ["plain", "1", "2", "2", "3", "x"]

    def test_at_most_once(self, records: InMemoryJobRecords, ran: Ran) -> None:
        async def charge(attempt: int) -> None:
            ran(str(attempt))
            raise RetryJob if attempt == 1 else OSError

        async def handler(data: dict[str, Any], context: Context) -> None:
            await context.astep("charge", charge, context.attempt, at_most_once=True)

        assert done(handler, records).outcomes == ["retry", "retry", "reject"]
        assert ran.times == ["1", "2"]

    def test_an_attempt_is_handed_back_from_inside_of_a_task_group(self, records: InMemoryJobRecords) -> None:
        handed: list[int] = []

        async def handler(data: dict[str, Any], context: Context) -> None:
            if not handed:
                handed.append(1)
                context.lease_lost = True
                async with asyncio.TaskGroup() as group:
                    group.create_task(context.astep("a", int))

        assert done(handler, records).outcomes == ["release", "done"]


class TestSending:
    """Ids of further jobs that stay the same, whatever their data."""

    def test_inside_of_a_step_and_of_an_element_they_follow_from_the_place(self, records: InMemoryJobRecords) -> None:
        def send(context: Context) -> list[str]:
            return [context.send_job("other", {"at": time.monotonic()}) for _ in range(2)]

        ids: list[tuple[str, list[str]]] = []

        def handler(data: dict[str, Any], context: Context) -> None:
            def failing() -> None:
                ids.append(("step", send(context)))
                if context.attempt == 1:
                    raise OSError

            with suppress(OSError):
                context.step("send", failing)
            for number in context.resume("numbers", lambda cursor: range((cursor or 0) + 1, 4)):
                ids.append((str(number), send(context)))
                if number == 2 and context.attempt == 1:
                    raise OSError

        assert done(handler, records).outcomes == ["retry", "done"]
        assert [place for place, _ in ids] == ["step", "1", "2", "step", "2", "3"]
        assert ids[3] == ids[0]
        assert ids[4] == ids[2]
        assert len({one for _, sent in ids for one in sent}) == 8

    def test_outside_of_them_a_key_is_required(self, records: InMemoryJobRecords) -> None:
        def handler(data: dict[str, Any], context: Context) -> None:
            context.send_job("other", {})
            context.step("one", int)
            with pytest.raises(ValueError, match=r"key"):
                context.send_job("other", {})
            context.send_job("other", {}, key="second")

        assert len(done(handler, records).sent) == 2
