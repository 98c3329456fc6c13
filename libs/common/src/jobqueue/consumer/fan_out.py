"""Fan-out of one attempt at a job: what `Context.batch` does. The handler's thread, and a few that it starts.

All that can be wrong with a batch is looked for before anything is written or sent. Then come its record, its shards, its jobs by tens, each recorded
and sent, and at last the write that says that it runs. An attempt that died before that is repeated: it finds the record, and sends all jobs again
under the same ids. One that comes later has nothing to send.
"""

from __future__ import annotations

from _blake2 import blake2b  # see messages.job_id
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from jobqueue.consumer.further_jobs import Answer, check_key, check_size, data_text, destination_of, insist, send
from jobqueue.consumer.job_batches import BATCH, MAX_JOBS, Batch, NewBatch, batch_key
from jobqueue.consumer.job_records import NewJob, Refusal, Refused
from jobqueue.consumer.joins import MAX_TOLD_IDS, RESULT, Then
from jobqueue.messages.digest import job_digest
from jobqueue.messages.envelope import write_further_job
from jobqueue.messages.errors import RejectJob, Released, RetryJob
from jobqueue.messages.job_id import LENGTH, derive_job_id, job_id_ms
from jobqueue.messages.json import read_object, write_object
from jobqueue.messages.limits import MAX_PER_CALL
from jobqueue.messages.outcome import QueuedJob

if TYPE_CHECKING:
    from jobqueue.consumer.joins import Joins
    from jobqueue.consumer.routes import Destination
    from jobqueue.messages.job import Job
    from jobqueue.messages.outgoing import OutgoingMessage

SENDERS = 8
"""Threads that record and send a batch's jobs: 10,000 one after the other would take a minute."""

MAX_THEN_BYTES = 300 * 1024
"""Of what a batch queues at its end, with the trigger and the result that go with it. DynamoDB takes items of 400 KB (ServiceQuotas, "Item size")."""

BATCH_CHANGED = "batch_changed"
"""The reason of a reject."""


class BatchJob(NamedTuple):
    """A job of a batch; a plain tuple will do. `key` names it among the batch's others."""

    type: str
    data: object
    key: str | None = None


class _Child(NamedTuple):
    """`name` is unique within the batch; `data` JSON text."""

    name: str
    type: str
    data: str
    to: Destination


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch that can be queued. `children` are in the order of their numbers: that of their names, in whatever order they came."""

    children: Sequence[_Child]
    then: Then

    @property
    def digest(self) -> str:
        """Of the jobs' names and types: the same for each attempt at the batch."""
        text = "\n".join(f"{child.name}\n{child.type}" for child in self.children)
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def content(self) -> str:
        """JSON text, from which the batch's id follows where nothing else names it."""
        return write_object({"jobs": self.digest, "type": self.then.type, "data": self.then.data})


class FanOut:
    """Of one attempt at `job`. `headers` are those of a message to a queue of that name; `stopping` says why no more is to be sent."""

    def __init__(
        self, job: Job, joins: Joins, headers: Callable[[str, Job], Mapping[str, str]], stopping: Callable[[], str]
    ) -> None:
        self._job = job
        self._joins = joins
        self._headers = headers
        self._stopping = stopping

    def plan(self, jobs: Iterable[object], then: object, *, numbered: bool) -> Plan:
        """Looks at all of it, and sends nothing. `numbered`: a job without a key is named by its place among the others, not by its data.

        Raises:
            ValueError: more than 10,000 jobs, two with the same key, or what is none of a batch.
            RejectJob: `no_queue`, `bad_data`, `too_large`.
        """
        planned = self._planned(then)
        alike: Counter[str] = Counter()
        children: dict[str, _Child] = {}
        for number, given in enumerate(jobs):
            if number == MAX_JOBS:
                raise ValueError(f"a batch has at most {MAX_JOBS:,} jobs: make several, each with a part of the work")
            if not isinstance(given, tuple) or not 2 <= len(given) <= 3:
                raise ValueError(
                    f"job {number} of the batch must be (type, data) or (type, data, key), not {given!r:.60}"
                )
            one = BatchJob(*given)
            to = destination_of(self._joins.senders, one.type, "batch")
            text = data_text(one.type, one.data)
            if one.key is not None:
                check_key(one.key, f"job {number} of the batch")
                name = f"key\n{one.key}"
            elif numbered:
                name = f"number\n{number}"
            else:
                content = job_digest(one.type, text)
                name = f"content\n{content}\n{alike[content]}"
                alike[content] += 1
            if name in children:
                raise ValueError(f"two jobs of the batch have the key {one.key!r:.60}")
            child = children[name] = _Child(name, one.type, text, to)
            check_size(to.sender, self._message(self._job.job_id, child))
        return Plan([children[name] for name in sorted(children)], planned)

    def queue(self, batch_id: str, plan: Plan) -> None:
        """Writes and sends all of it. Blocks.

        Raises:
            RejectJob: an earlier attempt made a batch of other jobs under this id (`batch_changed`); or as of `send_job`.
            RetryJob: something is not confirmed.
            Released: this attempt ends here.
        """
        joins, correlation_id = self._joins, self._job.correlation_id
        record = NewJob(
            key=batch_key(batch_id),
            type=BATCH,
            digest=plan.digest,
            correlation_id=correlation_id,
            parent=self._job.job_id,
        )
        answer = _insist(lambda: joins.records.queued(record))
        if not isinstance(answer, Refused):
            new = NewBatch(batch_id=batch_id, jobs=len(plan.children), then=msgspec.json.encode(plan.then).decode())
            _insist(lambda: joins.batches.make(new))
            self._send(batch_id, plan.children)
            _insist(lambda: joins.begin(batch_id, correlation_id))
        elif answer.why is Refusal.CONFLICT:
            raise RejectJob(
                BATCH_CHANGED,
                f"an earlier attempt made batch {batch_id} of other jobs. Make the list of them in a step, which gives each attempt the same, "
                "or give this one another key",
            )
        elif answer.why is Refusal.NEWER:
            raise RetryJob(f"the record of batch {batch_id} was written by a newer version of the runtime")
        if not plan.children:
            _insist(lambda: joins.join(batch_id))

    def _send(self, batch_id: str, children: Sequence[_Child]) -> None:
        lanes: dict[str, list[tuple[int, _Child]]] = defaultdict(list)
        for number, child in enumerate(children):
            lanes[child.to.queue].append((number, child))
        tens = [
            lane[start : start + MAX_PER_CALL] for lane in lanes.values() for start in range(0, len(lane), MAX_PER_CALL)
        ]
        with ThreadPoolExecutor(SENDERS, "fan-out") as threads:
            sent = [threads.submit(self._send_ten, batch_id, ten) for ten in tens]
            try:
                for one in sent:
                    one.result()
                    self._check_stopping(batch_id)
            except BaseException:
                for one in sent:
                    one.cancel()
                raise

    def _check_stopping(self, batch_id: str) -> None:
        if why := self._stopping():
            raise Released(f"job {self._job.job_id} is handed back while it sends batch {batch_id}: {why}")

    def _send_ten(self, batch_id: str, ten: Sequence[tuple[int, _Child]]) -> None:
        further = []
        for number, child in ten:
            job_id = derive_job_id(batch_id, child.name, job_id_ms(batch_id))
            queued = QueuedJob(job_id, child.type, self._job.correlation_id, parent=batch_id, number=number + 1)
            further.append((self._message(job_id, child), queued))
        send(ten[0][1].to.sender, further, self._joins.announce)

    def _message(self, job_id: str, child: _Child) -> OutgoingMessage:
        headers = self._headers(child.to.sender.name, self._job)
        return write_further_job(self._job, job_id, child.type, child.data, headers)

    def _planned(self, then: object) -> Then:
        if not isinstance(then, tuple) or len(then) != 2:
            raise ValueError(f"`then` must be the type and the data of a job, not {then!r:.60}")
        job_type, data = then
        to = destination_of(self._joins.senders, job_type, "batch")
        if job_type == BATCH:  # its record would be the batch's
            raise ValueError(f"`then` cannot be a job of the type {BATCH!r}: that is a batch's own")
        text = data_text(job_type, data)
        if RESULT in read_object(text):
            raise ValueError(
                f"the data of `then` cannot have a {RESULT!r} of its own: what became of the batch is put there"
            )
        origin = self._job.origin()
        planned = Then(
            queue=to.sender.name,
            type=job_type,
            data=text,
            correlation_id=self._job.correlation_id,
            trigger=origin.trigger,
            result=origin.main_job_result,
            headers=self._headers(to.sender.name, self._job),
            group_id=self._job.group_id,
            trace_header=self._job.trace_header,
        )
        size = len(msgspec.json.encode(planned))
        if size > MAX_THEN_BYTES:
            raise RejectJob(
                "too_large",
                f"what the batch queues at its end has {size:,} bytes with the original trigger and its result; {MAX_THEN_BYTES:,} can be kept. "
                "Put the large part elsewhere, and its place into the data",
            )
        ids = frozenset(f"{number:0{LENGTH}}" for number in range(MAX_TOLD_IDS))
        largest = Batch(jobs=MAX_JOBS, open=frozenset(), dead=ids, cancelled=ids, then="")
        check_size(to.sender, planned.message(self._job.job_id, largest))
        return planned


def _insist(call: Callable[[], Answer]) -> Answer:
    return insist("a batch is not known to be written", call)
