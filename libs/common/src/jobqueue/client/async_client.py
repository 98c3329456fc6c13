"""The client for asyncio: each call in a thread of an executor of its own, so that it never waits for the loop's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar

from jobqueue.client.job_client import JobClient, NewJob, not_ended, polls
from jobqueue.client.job_event import JobEvent
from jobqueue.client.triggers import Submitted
from jobqueue.consumer.job_records import JobRecord, Status
from jobqueue.messages.json import JsonObject

THREADS = 8
PAGE = 100
T = TypeVar("T")


class AsyncJobClient:
    """As `JobClient`, whose arguments it takes; `async with` ends its threads. A call that is cancelled is still made."""

    def __init__(self, *args: Any, threads: int = THREADS, **kwargs: Any) -> None:
        self._client = JobClient(*args, **kwargs)
        self._executor = ThreadPoolExecutor(threads, "job-client")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._executor.shutdown)

    async def submit(
        self,
        type: str | None = None,  # noqa: A002 (see JobClient)
        data: JsonObject | None = None,
        *,
        trigger: str | None = None,
        job_id: str | None = None,
        correlation_id: str | None = None,
        delay_seconds: int = 0,
        unique_key: str | None = None,
        unique_seconds: int | None = None,
    ) -> Submitted:
        """See `JobClient.submit`."""
        return await self._run(
            partial(
                self._client.submit,
                type,
                data,
                trigger=trigger,
                job_id=job_id,
                correlation_id=correlation_id,
                delay_seconds=delay_seconds,
                unique_key=unique_key,
                unique_seconds=unique_seconds,
            )
        )

    async def submit_many(self, jobs: Iterable[NewJob]) -> Sequence[Submitted]:
        """See `JobClient.submit_many`."""
        return await self._run(partial(self._client.submit_many, jobs))

    async def get(self, job_id: str) -> JobRecord:
        """See `JobClient.get`."""
        return await self._run(partial(self._client.get, job_id))

    async def stages(self, job_id: str) -> Sequence[JobRecord]:
        """See `JobClient.stages`."""
        return await self._run(partial(self._client.stages, job_id))

    async def wait(self, job_id: str, timeout: float = 600.0) -> JobRecord:
        """See `JobClient.wait`. Takes a thread for each look alone."""
        deadline = time.monotonic() + timeout
        for seconds in polls():
            if (record := await self._run(partial(self._client.over, job_id))) is not None:
                return record
            if time.monotonic() + seconds > deadline:
                raise not_ended(job_id, timeout)
            await asyncio.sleep(seconds)
        raise AssertionError

    async def list(
        self,
        *,
        status: Status | None = None,
        type: str | None = None,  # noqa: A002 (see JobClient)
        correlation_id: str | None = None,
        since: timedelta | datetime | None = None,
    ) -> AsyncIterator[JobRecord]:
        """See `JobClient.list`."""
        asked = partial(self._client.list, status=status, type=type, correlation_id=correlation_id, since=since)
        found = await self._run(asked)
        while page := await self._run(lambda: [*islice(found, PAGE)]):
            for record in page:
                yield record

    async def current(self, records: Sequence[JobRecord]) -> Sequence[JobRecord]:
        """See `JobClient.current`."""
        return await self._run(partial(self._client.current, records))

    async def cancel(self, job_id: str, reason: str = "asked for") -> JobRecord:
        """See `JobClient.cancel`."""
        return await self._run(partial(self._client.cancel, job_id, reason))

    async def descendants(self, job_id: str) -> Sequence[JobRecord]:
        """See `JobClient.descendants`."""
        return await self._run(partial(self._client.descendants, job_id))

    async def events(self, job_id: str) -> Sequence[JobEvent]:
        """See `JobClient.events`."""
        return await self._run(partial(self._client.events, job_id))

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)
