"""Redriving and dropping of selected dead letters: show, ask, take out."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from jobctl.cli import Cli
from jobctl.dead_letters import views
from jobctl.dead_letters.backup_file import Action
from jobctl.dead_letters.queues import SelectedLetters, queues_of, read_selected
from jobctl.dead_letters.redrive import RedriveResult, take_out
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
    path = request.file or Path(file_name(cli.session.stack.name, action))
    verb, result = "redriving" if action == "redrive" else "dropping", RedriveResult()
    with stoppable() as stop:
        stop.check()
        try:
            with cli.output.progress(verb) as progress:
                take_out(
                    looked,
                    action,
                    path,
                    request.selection,
                    pace=Pace(request.rate, clock=time.monotonic, wait=stop.wait),
                    wait=stop.wait,
                    on_progress=lambda one, done: progress(
                        f"{verb} from {one.queue.name}: {done} of {len(one.letters)}"
                    ),
                    result=result,
                )
        except OSError as error:
            raise CommandError(
                f"Cannot write {path}: {error}.", "name another file with --file; no letter was lost"
            ) from error
        finally:
            told = {"action": action, "selected": count, "file": str(path)} | result.value()
            cli.output.show(views.result_view(action, result, count, str(path)), told)
        if result.broken is not None:
            raise result.broken
        left = len(result.kept) + len(result.failed)
        if left:
            raise CommandError(f"{left} of {count} are still dead letters; see above.", "run it again for them")


def _agree(cli: Cli, action: Action, request: RedriveRequest, looked: Sequence[SelectedLetters]) -> None:
    if not request.yes and not cli.output.as_json:
        cli.output.console.print(views.letters_view(looked))
    letters = [letter for one in looked for letter in one.letters]
    person = Prompt(yes=request.yes, ask=(lambda _: None) if cli.output.as_json else ask_on_terminal)
    try:  # outside `stoppable`: its signals do not interrupt a question that waits for its answer
        person.agree(views.question(action, letters))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def file_name(stack: str, action: Action) -> str:
    """The default name of the file of letters that are taken out, in the working directory."""
    return f"dead-letters-{stack}-{action}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl"
