"""The commands `jobctl dead list|show|redrive|drop`, `jobctl pause` and `jobctl resume`: options in, views out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group as Together

from jobctl import places
from jobctl.call import Call, call_of
from jobctl.dead_letters import views
from jobctl.dead_letters.letter_queues import find, queues_of
from jobctl.dead_letters.order import Order, look_through, nothing_found, take_out
from jobctl.dead_letters.pace import SLOWEST
from jobctl.dead_letters.pausing import Pausing
from jobctl.dead_letters.scaling import Scaling
from jobctl.dead_letters.selection import Selection, reason_named
from jobctl.dead_letters.stopping import stoppable
from jobctl.dead_letters.taken_file import Action, as_json
from jobctl.dead_letters.tasks import Tasks
from jobctl.dead_letters.working import read_working
from jobctl.duration import read_seconds
from jobctl.exits import UsageError
from jobctl.queries.dead_letter import DeadLetter
from jobctl.stop import StopSignals
from jobqueue.sqs.queue import queue_name

dead = typer.Typer(no_args_is_help=True, help="Dead letters: look, send back, delete.")

Ids = Annotated[list[str] | None, typer.Argument(help="Job ids or message ids; none: all that the options select.")]
Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="Dead for this reason; 'moved by SQS' too. Repeat.")
]
Types = Annotated[list[str] | None, typer.Option("--type", help="Of this job type or trigger. Repeat.")]
Age = Annotated[str | None, typer.Option("--older-than", help="Dead for longer: 90s, 30m, 2h, 7d.")]
Queues = Annotated[list[str] | None, typer.Option("--queue", help="Of this service or queue only. Repeat.")]
Everything = Annotated[bool, typer.Option("--all", help="No condition: every letter.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be taken out, and change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Rate = Annotated[float | None, typer.Option(help="At most so many messages a second.", min=SLOWEST)]
File = Annotated[
    Path | None, typer.Option(help="Where to save a copy of each letter, as JSON lines.", show_default=False)
]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Until its tasks are where they should be.")]
Now = Annotated[
    bool, typer.Option("--now", help="Stop its tasks: what outlasts their grace is left, and tried again when resumed.")
]
Services = Annotated[list[str], typer.Argument(help="Names of services.")]


@dead.command("list")
def list_(
    ctx: typer.Context,
    ids: Ids = None,
    reason: Reasons = None,
    job_type: Types = None,
    older_than: Age = None,
    queue: Queues = None,
) -> None:
    """Which letters are dead, by queue, reason, job type and error."""
    call = call_of(ctx)
    with stoppable() as stop:
        looked = look_through(call, _selection(ids, reason, job_type, older_than), queue or (), stop)
    call.screen.show(views.looked_view(looked), views.looked_value(looked))


@dead.command()
def show(ctx: typer.Context, ident: Annotated[str, typer.Argument(metavar="ID", help="Job id or message id.")]) -> None:
    """All of one letter: why, attributes, body."""
    call = call_of(ctx)
    with stoppable(), call.screen.working("looking through the dead-letter queues"):
        queues = queues_of(call.session.stack, call.session.client("sqs"))
        found = [letter for queue in queues for letter in find(queue, ident)]
    if not found:
        raise nothing_found(f"with the job id or message id {ident}", [queue.name for queue in queues])
    links = [_links(call, letter) for letter in found]
    view = Together(*(views.letter_view(letter, places_of) for letter, places_of in zip(found, links, strict=True)))
    values = [
        {
            "queue": letter.queue,
            "error": letter.error,
            **as_json(letter),
            "traceId": letter.trace_id,
            "links": places_of,
        }
        for letter, places_of in zip(found, links, strict=True)
    ]
    call.screen.show(view, values)


def _links(call: Call, letter: DeadLetter) -> dict[str, str]:
    session = call.session
    died_at = [one.name for one in session.stack.services.values() if queue_name(one.dead_letter_url) == letter.queue]
    return {
        **places.job_log(session, letter.job_id, died_at),
        **places.trace(session, letter.trace_id),
        **places.dead_letters(session, letter.queue),
    }


def _taking_out(action: Action, said: str) -> None:
    def take(
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
        take_out(call_of(ctx), action, Order(selection, queue or (), dry_run=dry_run, yes=yes, rate=rate, file=file))

    dead.command(action, help=said)(take)


_taking_out("redrive", "Send letters back to the queue they came from, with their ids.")
_taking_out("drop", "Delete letters; what is left of them is the file.")


def pause(ctx: typer.Context, services: Services, wait: Wait = True, now: Now = False) -> None:
    """Stop a service: scaling suspended, its tasks drained to zero. Messages wait in its queue.

    Within a minute no task of it receives another message. What runs goes on to its end, as long as that takes, and is named.
    """
    call = call_of(ctx)
    with stoppable() as stop, call.screen.working("pausing") as told:
        steps = [_pausing(call, service, stop, told) for service in services]
        former = {one.service: one.pause() for one in steps}
        for one in steps if now else ():
            one.stop_now()
        working = [task for one in steps for task in read_working(call, one.service, one.tasks.left())]
        for task in working:
            call.screen.say(task.told())
        for one in steps if wait else ():
            one.wait_until_drained()
    ending = "no task is left" if wait else "its tasks drain"
    lines = [
        f"{name}: paused, {ending}; `jobctl resume {name}` brings back {one.desired_count}"
        for name, one in former.items()
    ]
    call.screen.show("\n".join(lines), {"paused": former, "drained": wait, "working": working})


def resume(ctx: typer.Context, services: Services, wait: Wait = True) -> None:
    """Bring a paused service back to what it was."""
    call = call_of(ctx)
    with stoppable() as stop, call.screen.working("resuming") as told:
        steps = [_pausing(call, service, stop, told) for service in services]
        former = {one.service: one.resume() for one in steps}
        for one in steps if wait else ():
            one.wait_until_running()
    lines = [
        f"{name}: was not paused" if one is None else f"{name}: resumed; it was paused since {one.paused_at}"
        for name, one in former.items()
    ]
    call.screen.show("\n".join(lines), {"resumed": former, "running": wait})


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


def _pausing(call: Call, name: str, stop: StopSignals, told: Callable[[str], object]) -> Pausing:
    stack, client = call.session.stack, call.session.client
    service = stack.services.get(name)
    if service is None:
        raise UsageError(f"There is no service {name} in {stack.name}.", f"take one of {', '.join(stack.services)}")
    return Pausing(
        service=name,
        ssm=client("ssm"),
        parameter=stack.paused_parameter,
        scaling=Scaling(client("application-autoscaling"), stack.cluster, service.ecs_service),
        tasks=Tasks(client("ecs"), stack.cluster, service.ecs_service),
        say=call.screen.say,
        wait=stop.wait,
        told=told,
    )
