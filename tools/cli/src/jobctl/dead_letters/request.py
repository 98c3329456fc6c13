"""Redriving and dropping of selected dead letters: show, ask, take out."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from jobctl.cli import Cli
from jobctl.dead_letters import views
from jobctl.dead_letters.backup_file import Action, BackupFile
from jobctl.dead_letters.queues import SelectedLetters, queues_of, read_selected
from jobctl.dead_letters.redrive import Redrive, RedriveResult
from jobctl.dead_letters.selection import Selection
from jobctl.environment.prompt import Prompt, ask_on_terminal
from jobctl.errors import INTERRUPTED, CommandError, NotFoundError, UsageError
from jobctl.pace import Pace
from jobctl.stop import StopSignals, stoppable


@dataclass(frozen=True)
class RedriveRequest:
    """The options of a redrive or drop. `rate` in messages a second; None: as fast as possible. `file` None: a new one in the working directory."""

    selection: Selection
    queues: Collection[str] = ()
    dry_run: bool = False
    yes: bool = False
    rate: float | None = None
    file: Path | None = None


def read_queues(cli: Cli, selection: Selection, queues: Collection[str], stop: StopSignals) -> list[SelectedLetters]:
    """The letters that the selection takes now, queue by queue.

    Raises:
        UsageError: an unknown queue.
        QueueError: SQS could not be asked.
    """
    looked = []
    for queue in queues_of(cli.session.stack, cli.session.client("sqs"), queues):
        with cli.output.progress(f"reading {queue.name}"):
            looked.append(read_selected(queue, selection, check=stop.check))
    return looked


def letters_not_found(what: str, queues: Sequence[str]) -> NotFoundError:
    """The error for no letter found, with the queues that were read."""
    return NotFoundError(
        f"No dead letter in {' or '.join(queues)} {what}.",
        "see `jobctl dead list`; letters that another reader holds are hidden for up to two minutes",
    )


def carry_out(cli: Cli, action: Action, request: RedriveRequest) -> None:
    """Shows the selected letters, asks for consent, and takes them out.

    Raises:
        UsageError: no condition at all.
        NotFoundError: nothing is selected.
        NotAllowedError: the person did not agree, or cannot be asked.
        CommandError: some are still in their queues; which and why was shown.
    """
    if request.selection.says_nothing:
        raise UsageError("No condition given.", "add ids, --reason, --type or --older-than, or --all")
    with stoppable() as stop:
        looked = read_queues(cli, request.selection, request.queues, stop)
    count = sum(len(one.letters) for one in looked)
    if not count:
        raise letters_not_found(f"matches {request.selection.text()}", [one.queue.name for one in looked])
    if request.dry_run:
        value = {"action": action, "dryRun": True, "selected": count, "queues": views.letters_value(looked)}
        cli.output.show(views.letters_view(looked), value)
        return
    _agree(cli, action, request, looked)
    with stoppable() as stop:
        _Run(cli, action, request, looked, stop).run()


def _agree(cli: Cli, action: Action, request: RedriveRequest, looked: Sequence[SelectedLetters]) -> None:
    if not request.yes and not cli.output.as_json:
        cli.output.console.print(views.letters_view(looked))
    letters = [letter for one in looked for letter in one.letters]
    person = Prompt(yes=request.yes, ask=(lambda _: None) if cli.output.as_json else ask_on_terminal)
    try:  # outside `stoppable`: its signals do not interrupt a question that waits for its answer
        person.agree(views.question(action, letters))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


@dataclass
class _Run:
    """Takes letters out queue by queue, and always reports the results, also when it is interrupted."""

    cli: Cli
    action: Action
    request: RedriveRequest
    looked: Sequence[SelectedLetters]
    stop: StopSignals
    all: RedriveResult = field(default_factory=RedriveResult)

    def run(self) -> None:
        """See `carry_out`."""
        self.stop.check()
        path = self.request.file or Path(file_name(self.cli.session.stack.name, self.action))
        try:
            with BackupFile(path) as file:
                pace = Pace(self.request.rate, clock=time.monotonic, wait=self.stop.wait)
                for one in self.looked:
                    if one.letters and self.all.broken is None:
                        self._take(one, file, pace)
        except OSError as error:
            raise CommandError(
                f"Cannot write {path}: {error}.", "name another file with --file; no letter was lost"
            ) from error
        finally:
            self._tell(path)
        if self.all.broken is not None:
            raise self.all.broken
        left = len(self.all.kept) + len(self.all.failed)
        if left:
            raise CommandError(f"{left} of {self._count} are still dead letters; see above.", "run it again for them")

    @property
    def _count(self) -> int:
        return sum(len(one.letters) for one in self.looked)

    def _take(self, one: SelectedLetters, file: BackupFile, pace: Pace) -> None:
        verb = "redriving" if self.action == "redrive" else "dropping"
        with self.cli.output.progress(f"{verb} from {one.queue.name}") as progress:
            redrive = Redrive(
                one.queue,
                self.action,
                file,
                pace,
                self.request.selection,
                wait=self.stop.wait,
                on_progress=lambda done: progress(f"{verb} from {one.queue.name}: {done} of {len(one.letters)}"),
            )
            try:
                redrive.run({letter.message_id for letter in one.letters})
            finally:
                self.all.add(redrive.result)

    def _tell(self, path: Path) -> None:
        value: dict[str, Any] = {"action": self.action, "selected": self._count, "file": str(path), **self.all.value()}
        self.cli.output.show(views.result_view(self.action, self.all, self._count, str(path)), value)


def file_name(stack: str, action: Action) -> str:
    """The default name of the file of letters that are taken out, in the working directory."""
    return f"dead-letters-{stack}-{action}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl"
