"""The commands `jobctl dead list|show|redrive|drop`, `jobctl pause` and `jobctl resume`: options in, views out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group

from jobctl import links
from jobctl.cli import Cli, cli_of
from jobctl.dead_letters import views
from jobctl.dead_letters.backup_file import Action, as_json
from jobctl.dead_letters.queues import find, queues_of
from jobctl.dead_letters.request import RedriveRequest, carry_out, letters_not_found, read_queues
from jobctl.dead_letters.selection import Selection, reason_named
from jobctl.duration import read_seconds
from jobctl.pace import MIN_RATE
from jobctl.queries.dead_letter import DeadLetter
from jobctl.stop import stoppable
from jobqueue.sqs.queue import queue_name

dead = typer.Typer(no_args_is_help=True, help="List, show, redrive and delete dead letters.")

Ids = Annotated[list[str] | None, typer.Argument(help="Job ids or message ids; without any, the options select.")]
Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="Only this reason ('moved by SQS' too); may be repeated.")
]
Types = Annotated[list[str] | None, typer.Option("--type", help="Only this job type or trigger; may be repeated.")]
Age = Annotated[str | None, typer.Option("--older-than", help="Only letters older than this: 90s, 30m, 2h, 7d.")]
Queues = Annotated[list[str] | None, typer.Option("--queue", help="Only this service or queue; may be repeated.")]
Everything = Annotated[bool, typer.Option("--all", help="Every letter, without a condition.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show which letters are meant, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Rate = Annotated[float | None, typer.Option(help="At most this many messages a second.", min=MIN_RATE)]
File = Annotated[
    Path | None, typer.Option(help="Where to save a copy of each letter, as JSON lines.", show_default=False)
]


@dead.command("list")
def list_(
    ctx: typer.Context,
    ids: Ids = None,
    reason: Reasons = None,
    job_type: Types = None,
    older_than: Age = None,
    queue: Queues = None,
) -> None:
    """List dead letters by queue, reason, job type and error."""
    cli = cli_of(ctx)
    with stoppable() as stop:
        found = read_queues(cli, _selection(ids, reason, job_type, older_than), queue or (), stop)
    cli.output.show(views.letters_view(found), views.letters_value(found))


@dead.command()
def show(ctx: typer.Context, ident: Annotated[str, typer.Argument(metavar="ID", help="Job id or message id.")]) -> None:
    """Show one dead letter: reason, attributes, body."""
    cli = cli_of(ctx)
    with stoppable(), cli.output.progress("reading the dead-letter queues"):
        queues = queues_of(cli.session.stack, cli.session.client("sqs"))
        found = [letter for queue in queues for letter in find(queue, ident)]
    if not found:
        raise letters_not_found(f"has the job id or message id {ident}", [queue.name for queue in queues])
    links = [_links(cli, letter) for letter in found]
    view = Group(*(views.letter_view(letter, found_links) for letter, found_links in zip(found, links, strict=True)))
    values = [
        {
            "queue": letter.queue,
            "error": letter.error,
            **as_json(letter),
            "traceId": letter.trace_id,
            "links": found_links,
        }
        for letter, found_links in zip(found, links, strict=True)
    ]
    cli.output.show(view, values)


def _links(cli: Cli, letter: DeadLetter) -> dict[str, str]:
    session = cli.session
    died_at = [one.name for one in session.stack.services.values() if queue_name(one.dead_letter_url) == letter.queue]
    return {
        **links.job_log(session, letter.job_id, died_at),
        **links.trace(session, letter.trace_id),
        **links.dead_letters(session, letter.queue),
    }


def _add_command(action: Action, text: str) -> None:
    def run(
        ctx: typer.Context,
        ids: Ids = None,
        reason: Reasons = None,
        job_type: Types = None,
        older_than: Age = None,
        queue: Queues = None,
        everything: Everything = False,
        dry_run: DryRun = False,
        yes: Yes = False,
        rate: Rate = None,
        file: File = None,
    ) -> None:
        selection = _selection(ids, reason, job_type, older_than, everything=everything)
        carry_out(
            cli_of(ctx), action, RedriveRequest(selection, queue or (), dry_run=dry_run, yes=yes, rate=rate, file=file)
        )

    dead.command(action, help=text)(run)


_add_command("redrive", "Send dead letters back to their queues, with their ids.")
_add_command("drop", "Delete dead letters; the file keeps a copy of each.")


def _selection(
    ids: list[str] | None,
    reasons: list[str] | None,
    types: list[str] | None,
    older_than: str | None,
    *,
    everything: bool = False,
) -> Selection:
    return Selection(
        ids=frozenset(ids or ()),
        reasons=frozenset(reason_named(one) for one in reasons or ()),
        types=frozenset(types or ()),
        older_than_seconds=None if older_than is None else read_seconds(older_than),
        everything=everything,
    )
