"""Takes letters out of a dead-letter queue so that none is lost, whenever the run ends.

For each ten: on the disk -> sent to its queue -> confirmed -> deleted. However the run ends (a kill, a crash, no network), a letter is in the
dead-letter queue until its copy is confirmed. Between confirmation and deletion it is in both: a repeated run then sends it again, under the same job
id, which is the idempotency key.

What the person confirmed is checked again here: a letter that is gone, or no longer selected, is not touched; one that arrived since is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from jobctl.dead_letters.backup_file import Action, BackupFile
from jobctl.dead_letters.queues import SelectedLetters
from jobctl.dead_letters.redriven_message import NoRoomError, redriven
from jobctl.dead_letters.selection import Selection
from jobctl.pace import Pace
from jobctl.queries.dead_letter import DeadLetter
from jobctl.queries.dead_letter_queue import DeadLetterQueue
from jobctl.queries.dead_letters import WAIT_SECONDS, show_again
from jobqueue.consumer.ports import Failure, QueueError, QueueRefused
from jobqueue.messages.outgoing import OutgoingMessage

HOLD_SECONDS = 120
"""How long a received letter is hidden: a call may be repeated, and botocore waits up to 60 s for an answer."""
PAUSES_SECONDS = (0.2, 1.0, 3.0)
"""Pauses before the second, third and fourth try of entries that SQS did not confirm."""


@dataclass
class RedriveResult:
    """The results, by MessageId. Letters of `kept` and `failed`, with the reasons, are still in the dead-letter queue."""

    done: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """Confirmed by the person, but gone, no longer selected or held by another reader when their turn came."""
    kept: dict[str, str] = field(default_factory=dict)
    """Not tried: there is no room for their ids."""
    failed: dict[str, str] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)
    """Those of `failed` that were sent and confirmed, but not deleted. Another run sends them a second time."""
    broken: QueueError | None = None
    """The error that ended the run early: the queue cannot be read, or refuses for good."""

    def add(self, other: RedriveResult) -> None:
        """Adds the results of another queue."""
        self.done |= other.done
        self.gone |= other.gone
        self.kept |= other.kept
        self.failed |= other.failed
        self.twice |= other.twice
        self.broken = self.broken or other.broken

    def value(self) -> dict[str, object]:
        """The results as JSON values."""
        lists = {"done": self.done, "gone": self.gone, "sentAndNotDeleted": self.twice}
        return {**{name: sorted(ids) for name, ids in lists.items()}, "kept": self.kept, "failed": self.failed}


@dataclass
class Redrive:
    """One run over one queue. `wait` may raise to stop: it is called only between two steps. `on_progress` is called after each ten with
    the number of letters settled. `result` can be read at any time, after an error too."""

    queue: DeadLetterQueue
    action: Action
    file: BackupFile
    pace: Pace
    selection: Selection
    wait: Callable[[float], object]
    on_progress: Callable[[int], object] = lambda _: None
    wait_seconds: int = WAIT_SECONDS
    hold_seconds: int = HOLD_SECONDS
    rest: Callable[[float], object] = time.sleep
    result: RedriveResult = field(default_factory=RedriveResult)

    def run(self, wanted: Collection[str]) -> RedriveResult:
        """Takes out the letters with these MessageIds, as far as they are still there and selected. However it ends, letters that were not
        taken out are made visible again.

        Raises:
            QueueError: the source queue cannot be read; nothing was received.
            OSError: the file cannot be written; nothing of that ten was sent or deleted.
        """
        max_bytes = self.queue.max_bytes() if self.action == "redrive" else 0
        held: list[DeadLetter] = []
        seen: set[str] = set()
        idle = 0
        open_ids = set(wanted)
        try:
            # Other letters become visible again and are received again: once they outnumber the letters seen, the wanted ones are gone.
            while open_ids and idle <= 2 * len(seen) and self.result.broken is None:
                self.wait(0)
                received = self._receive()
                if not received:
                    break
                held += received
                seen |= {one.message_id for one in received}
                mine = [one for one in received if one.message_id in open_ids and self._is_selected(one)]
                idle = 0 if mine else idle + len(received)
                self._settle(mine, max_bytes)
                open_ids -= {one.message_id for one in mine}
                held = [one.without_content() for one in held if one.message_id not in self.result.done]
                self.on_progress(len(wanted) - len(open_ids))
        finally:
            show_again(self.queue, held)
        if self.result.broken is None:
            self.result.gone = open_ids
        return self.result

    def _is_selected(self, letter: DeadLetter) -> bool:
        return self.selection.takes(letter, time.time_ns() // 1_000_000)

    def _receive(self) -> Sequence[DeadLetter]:
        for pause in (*PAUSES_SECONDS, None):
            try:
                return self.queue.receive(
                    self.pace.at_once, hide_seconds=self.hold_seconds, wait_seconds=self.wait_seconds
                )
            except QueueError as error:
                if pause is None or isinstance(error, QueueRefused):
                    self.result.broken = error
                    break
            self.wait(pause)
        return ()

    def _settle(self, letters: Sequence[DeadLetter], max_bytes: int) -> None:
        """Takes out at most ten letters: file, send, delete."""
        result = self.result
        messages: dict[str, OutgoingMessage] = {}
        going: list[DeadLetter] = []
        for letter in letters:
            try:
                if self.action == "redrive":
                    messages[letter.message_id] = redriven(letter, max_bytes=max_bytes)
                going.append(letter)
            except NoRoomError as error:
                result.kept[letter.message_id] = str(error)
        if not going:
            return
        self.pace.take(len(going))
        self.file.add(self.action, self.queue.name, going)
        if self.action == "redrive":
            result.failed |= self._lost(going, lambda ones: self.queue.send([messages[one.message_id] for one in ones]))
        sent = [letter for letter in going if letter.message_id not in result.failed]
        undeleted = self._lost(sent, self.queue.delete)
        result.failed |= undeleted
        if self.action == "redrive":
            result.twice.update(undeleted)
        result.done.update(letter.message_id for letter in sent if letter.message_id not in undeleted)

    def _lost(
        self, letters: Sequence[DeadLetter], call: Callable[[Sequence[DeadLetter]], Sequence[Failure]]
    ) -> dict[str, str]:
        """Calls again for entries that SQS did not confirm; returns those that failed for good, by MessageId, with the reason. It does not stop when
        asked to: a copy may have been sent already."""
        lost: dict[str, str] = {}
        left = list(letters)
        for pause in (*PAUSES_SECONDS, None):
            if not left:
                break
            failed = self._called(left, call)
            again = [one for one in failed if not one.gone and pause is not None]
            lost |= {left[one.index].message_id: f"{one.code}: {one.message}" for one in failed if one not in again}
            left = [left[one.index] for one in again]
            if left and pause is not None:
                self.rest(pause)
        return lost

    def _called(
        self, letters: Sequence[DeadLetter], call: Callable[[Sequence[DeadLetter]], Sequence[Failure]]
    ) -> Sequence[Failure]:
        """The failures of a call; if it failed as a whole, one for each letter."""
        try:
            return call(letters)
        except QueueError as error:
            refused = isinstance(error, QueueRefused)
            if refused:
                self.result.broken = error
            return [Failure(place, error.code, str(error), gone=refused) for place in range(len(letters))]


def take_out(
    looked: Sequence[SelectedLetters],
    action: Action,
    path: Path,
    selection: Selection,
    *,
    pace: Pace,
    wait: Callable[[float], object],
    on_progress: Callable[[SelectedLetters, int], object],
    result: RedriveResult,
) -> None:
    """Takes out the letters of several queues, one queue after another, until one is `broken`; `result` has what was done, whatever ends it.

    `on_progress` is called with a queue's letters and the number of them that are settled.

    Raises:
        QueueError, OSError: as `Redrive.run`; and what `wait` raises.
    """
    with BackupFile(path) as file:
        for one in looked:
            if one.letters and result.broken is None:
                tell = partial(on_progress, one)
                tell(0)
                redrive = Redrive(one.queue, action, file, pace, selection, wait, tell)
                try:
                    redrive.run({letter.message_id for letter in one.letters})
                finally:
                    result.add(redrive.result)
