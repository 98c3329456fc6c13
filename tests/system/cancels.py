"""Cancels of the crash test: some before their trigger is sent, the others as soon as there is a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Event

from jobqueue.consumer.job_records import JobRecord, JobRecords, Key, NewJob, RecordsError, Refusal, Refused
from jobqueue.messages.digest import trigger_digest

from .plan import Planned

STAGE = "main-job-processing"
PAUSE_SECONDS = 0.02


class Cancels:
    """Owns the cancels that are to come. `before_send` is called by the one who sends, `run` by a thread of its own."""

    def __init__(self, records: JobRecords) -> None:
        self._records = records
        self._open: set[Key] = set()
        self.early_ids: set[str] = set()
        """Jobs that were cancelled before their trigger was sent."""
        self.answers: Counter[str] = Counter()

    def before_send(self, trigger: Planned) -> None:
        """Of every other job that is to be cancelled: queues and cancels it, as a client does that changes its mind."""
        key = Key(trigger.cancels, STAGE)
        if not trigger.cancels:
            return
        if trigger.number % 2:
            self._open.add(key)
            return
        queued = NewJob(key=key, type=STAGE, digest=trigger_digest(STAGE, trigger.body))
        self._insist(lambda: self._records.queued(queued))
        self._insist(lambda: self._records.cancel(key, "told to"))
        self.early_ids.add(key.job_id)

    def run(self, over: Event) -> None:
        """Until `over`."""
        while not over.wait(PAUSE_SECONDS):
            for key in list(self._open):
                try:
                    answer = self._records.cancel(key, "told to")
                except RecordsError:
                    continue
                if not (isinstance(answer, Refused) and answer.why is Refusal.ABSENT):
                    self._open.discard(key)
                    self.answers[answer.status.value if isinstance(answer, JobRecord) else answer.why.value] += 1

    def _insist(self, call: Callable[[], object]) -> None:
        while True:
            try:
                call()
            except RecordsError:
                continue
            return
