"""Redriving and dropping of selected dead letters: look, show, ask, take out."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from jobctl.call import Call
from jobctl.dead_letters import views
from jobctl.dead_letters.letter_queues import Looked, look, queues_of
from jobctl.dead_letters.pace import Pace
from jobctl.dead_letters.selection import Selection
from jobctl.dead_letters.stopping import stoppable
from jobctl.dead_letters.take import Take, Taken
from jobctl.dead_letters.taken_file import Action, TakenFile
from jobctl.environment.prompt import Person, ask_on_terminal
from jobctl.exits import INTERRUPTED, DeployError, NotFoundError, UsageError
from jobctl.stop import StopSignals


@dataclass(frozen=True)
class Order:
    """The options of a redrive or drop. `rate` in messages a second; None: as fast as possible. `file` None: a new one in the working directory."""

    selection: Selection
    queues: Collection[str] = ()
    dry_run: bool = False
    yes: bool = False
    rate: float | None = None
    file: Path | None = None


def look_through(call: Call, selection: Selection, queues: Collection[str], stop: StopSignals) -> list[Looked]:
    """The letters that the selection takes now, queue by queue.

    Raises:
        UsageError: an unknown queue.
        QueueError: SQS could not be asked.
    """
    looked = []
    for queue in queues_of(call.session.stack, call.session.client("sqs"), queues):
        with call.screen.working(f"looking through {queue.name}"):
            looked.append(look(queue, selection, check=stop.check))
    return looked


def nothing_found(what: str, queues: Sequence[str]) -> NotFoundError:
    """The error for no letter found, with the queues that were read."""
    return NotFoundError(
        f"There is no dead letter {what} in {', '.join(queues)}.",
        "see `jobctl dead list`; letters that somebody else has in hand are hidden for up to two minutes",
    )


def take_out(call: Call, action: Action, order: Order) -> None:
    """Shows the selected letters, asks for consent, and takes them out.

    Raises:
        UsageError: no condition at all.
        NotFoundError: nothing is selected.
        NotAllowedError: the person did not agree, or cannot be asked.
        DeployError: some are still in their queues; which and why was shown.
    """
    if order.selection.says_nothing:
        raise UsageError(
            "Which letters? No condition was named.", "add ids, --reason, --type or --older-than, or --all"
        )
    with stoppable() as stop:
        looked = look_through(call, order.selection, order.queues, stop)
    count = sum(len(one.letters) for one in looked)
    if not count:
        raise nothing_found("that is meant", [one.queue.name for one in looked])
    if order.dry_run:
        value = {"action": action, "dryRun": True, "selected": count, "queues": views.looked_value(looked)}
        call.screen.show(views.looked_view(looked), value)
        return
    _agree(call, action, order, looked)
    with stoppable() as stop:
        _Run(call, action, order, looked, stop).run()


def _agree(call: Call, action: Action, order: Order, looked: Sequence[Looked]) -> None:
    if not order.yes and not call.screen.as_json:
        call.screen.console.print(views.looked_view(looked))
    letters = [letter for one in looked for letter in one.letters]
    person = Person(yes=order.yes, ask=(lambda _: None) if call.screen.as_json else ask_on_terminal)
    try:  # outside `stoppable`: its signals do not interrupt a question that waits for its answer
        person.agree(views.question(action, letters))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


@dataclass
class _Run:
    """Takes letters out queue by queue, and always reports the results, also when it is interrupted."""

    call: Call
    action: Action
    order: Order
    looked: Sequence[Looked]
    stop: StopSignals
    all: Taken = field(default_factory=Taken)

    def run(self) -> None:
        """See `take_out`."""
        self.stop.check()
        path = self.order.file or Path(file_name(self.call.session.stack.name, self.action))
        try:
            with TakenFile(path) as file:
                pace = Pace(self.order.rate, clock=time.monotonic, wait=self.stop.wait)
                for one in self.looked:
                    if one.letters and self.all.broken is None:
                        self._take(one, file, pace)
        except OSError as error:
            raise DeployError(
                f"{path} cannot be written: {error}.", "name another with --file; no letter was lost"
            ) from error
        finally:
            self._tell(path)
        if self.all.broken is not None:
            raise self.all.broken
        left = len(self.all.kept) + len(self.all.failed)
        if left:
            raise DeployError(f"{left} of {self._count} are still dead; see above.", "run it again for them")

    @property
    def _count(self) -> int:
        return sum(len(one.letters) for one in self.looked)

    def _take(self, one: Looked, file: TakenFile, pace: Pace) -> None:
        verb = "redriving" if self.action == "redrive" else "dropping"
        with self.call.screen.working(f"{verb} from {one.queue.name}") as told:
            take = Take(
                one.queue,
                self.action,
                file,
                pace,
                self.order.selection,
                wait=self.stop.wait,
                told=lambda done: told(f"{verb} from {one.queue.name}: {done} of {len(one.letters)}"),
            )
            try:
                take.run({letter.message_id for letter in one.letters})
            finally:
                self.all.add(take.taken)

    def _tell(self, path: Path) -> None:
        value: dict[str, Any] = {"action": self.action, "selected": self._count, "file": str(path), **self.all.value()}
        self.call.screen.show(views.taken_view(self.action, self.all, self._count, str(path)), value)


def file_name(stack: str, action: Action) -> str:
    """The default name of the file of letters that are taken out, in the working directory."""
    return f"dead-letters-{stack}-{action}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl"
