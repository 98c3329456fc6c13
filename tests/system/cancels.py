"""Cancels of the crash test: some before their trigger is sent, the others as soon as there is a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Event

from jobqueue.consumer.job_records import JobRecord, JobRecords, Key, NewJob, RecordsError, Refusal, Refused
from jobqueue.messages.digest import trigger_digest

from .plan import Planned

STAGE = "main-job-processing"
PAUSE_SECONDS = 0.2


class Cancels:
    """Owns the cancels that are to come. `early` is called by the one who sends, `run` by a thread of its own."""

    def __init__(self, records: JobRecords, triggers: Sequence[Planned]) -> None:
        self._records = records
        self._open = {trigger.number: Key(trigger.cancels, STAGE) for trigger in triggers if trigger.cancels}
        self.early_ids: set[str] = set()
        """Jobs that were cancelled before their trigger was sent."""
        self.answers: Counter[str] = Counter()

    def early(self, trigger: Planned) -> None:
        """Every other one: queues the job and cancels it, as a client does that changes its mind."""
        if not trigger.cancels or trigger.number % 2:
            return
        key = self._open.pop(trigger.number)
        queued = NewJob(key=key, type=STAGE, digest=trigger_digest(STAGE, trigger.body))
        self._insist(lambda: self._records.queued(queued))
        self._insist(lambda: self._records.cancel(key, "told to"))
        self.early_ids.add(key.job_id)

    def run(self, over: Event) -> None:
        """Until `over`."""
        while not over.wait(PAUSE_SECONDS):
            for number, key in list(self._open.items()):
                try:
                    answer = self._records.cancel(key, "told to")
                except RecordsError:
                    continue
                if not (isinstance(answer, Refused) and answer.why is Refusal.ABSENT):
                    self._open.pop(number, None)
                    self.answers[answer.status.value if isinstance(answer, JobRecord) else answer.why.value] += 1

    def _insist(self, call: Callable[[], object]) -> None:
        while True:
            try:
                call()
            except RecordsError:
                continue
            return
