"""`jobctl submit`: sends triggers to the services.

The job id that it prints is the id in every log, trace and dead letter.
"""

from __future__ import annotations

import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import UnsupportedOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from jobctl.cli import cli_of
from jobctl.commands.wait import wait_for_all
from jobctl.duration import read_seconds
from jobctl.errors import UsageError
from jobctl.pace import MIN_RATE, Pace
from jobqueue.client import InvalidRequestError, JobClient, NotSubmittedError
from jobqueue.client.triggers import Submitted, Trigger, TriggerOptions, prepare, trigger_body
from jobqueue.messages.job import stated_fields
from jobqueue.messages.limits import MAX_DELAY_SECONDS
from jobqueue.messages.unique import MAX_SECONDS

if TYPE_CHECKING:
    from types import FrameType

    from jobctl.cli import Cli

IDLE_SECONDS = 0.2
"""How long a line of standard input waits for more lines to be sent in the same call."""


def run(
    ctx: typer.Context,
    data: Annotated[
        str,
        typer.Option(
            help="A JSON object: a trigger, or its data. @FILE reads a file; - reads stdin, one object a line."
        ),
    ] = "{}",
    job_type: Annotated[str | None, typer.Option("--type", help="Type of the background job.")] = None,
    trigger: Annotated[str | None, typer.Option(help="Name of the trigger.")] = None,
    correlation_id: Annotated[str | None, typer.Option(help="Correlation id of the trigger and its jobs.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Send each this many times.")] = 1,
    rate: Annotated[float | None, typer.Option(min=MIN_RATE, help="At most this many a second.")] = None,
    delay: Annotated[str, typer.Option(help="Time until SQS delivers it: 90s, 15m.")] = "0s",
    service: Annotated[
        str | None, typer.Option(help="Send a job straight into this service's queue, past the main job.")
    ] = None,
    unique_key: Annotated[
        str | None, typer.Option(help="Sent only if no job of the type with this key is there that is not over.")
    ] = None,
    unique_seconds: Annotated[
        int | None, typer.Option(min=1, max=MAX_SECONDS, help="How long it holds the key at most.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the jobs have ended.")] = False,
    timeout: Annotated[str, typer.Option(help="How long --wait waits.")] = "10m",
) -> None:
    """Send triggers, and print the job id of each."""
    cli = cli_of(ctx)
    if service is not None and unique_key is not None:
        raise UsageError("--unique-key is the main job's to keep.", "leave out --service")
    options = TriggerOptions(
        trigger, job_type, correlation_id, _delay(delay), unique_key=unique_key, unique_seconds=unique_seconds
    )
    limit_seconds = read_seconds(timeout)
    pace = Pace(rate, clock=time.monotonic, wait=time.sleep)
    known: list[Trigger] = []
    printed = 0
    try:
        with cli.output.progress("sending") as progress:
            for _ in send_all(cli, _batches(_texts(data), count, options, pace), known, service):
                while printed < len(known) and not wait:
                    with _interrupted_after():
                        _print_id(cli, known[printed])
                        printed += 1
                progress(f"sending: {len(known)} sent")
    except BaseException:  # Ctrl-C too: the ids are known nowhere else
        for one in known[printed:]:
            _print_id(cli, one)
        raise
    if wait:
        wait_for_all(cli, known, limit_seconds)


def _delay(text: str) -> int:
    seconds = round(read_seconds(text))
    if seconds > MAX_DELAY_SECONDS:
        raise UsageError(f"--delay {text} is too long.", f"SQS delays by at most {MAX_DELAY_SECONDS} s")
    return seconds


def _texts(data: str) -> Iterator[tuple[str, str | bytes | None]]:
    """Names and texts of the input, one by one; None: nothing more to read at the moment."""
    if data == "-":
        for number, line in enumerate(iter(sys.stdin.buffer.readline, b""), 1):
            if line.strip():
                yield f"Line {number}", line.rstrip(b"\r\n")
            if not _more_now():
                yield "", None
        return
    if not data.startswith("@"):
        yield "--data", data
        return
    try:
        read = Path(data[1:]).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"Cannot read {data[1:]}: {error}.", "name a JSON file after the @") from error
    yield data[1:], read


def _more_now() -> bool:
    try:
        return bool(select.select([sys.stdin], [], [], IDLE_SECONDS)[0])
    except (OSError, ValueError, UnsupportedOperation):  # no real file
        return True


def _batches(
    texts: Iterable[tuple[str, str | bytes | None]], count: int, options: TriggerOptions, pace: Pace
) -> Iterator[list[Trigger]]:
    """The messages of each call, as the pace allows. Those before an invalid line are sent and reported."""
    batch: list[Trigger] = []
    for name, text in texts:
        try:
            bodies = [] if text is None else [_body(name, text, options, count)] * count
            for body in bodies:
                if len(batch) == pace.at_once:
                    yield _ready(batch, pace)
                    batch = []
                batch.append(prepare(body, options))
        except (UsageError, InvalidRequestError):
            if batch:
                yield _ready(batch, pace)
            raise
        if text is None and batch:
            yield _ready(batch, pace)
            batch = []
    if batch:
        yield _ready(batch, pace)


def _ready(batch: list[Trigger], pace: Pace) -> list[Trigger]:
    pace.take(len(batch))
    return batch


def _body(name: str, text: str | bytes, options: TriggerOptions, count: int) -> str:
    try:
        body = trigger_body(text if isinstance(text, str) else text.decode(), options)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not UTF-8: {error}.", "convert it, for example with iconv -f LATIN1 -t UTF-8"
        ) from error
    except InvalidRequestError as error:
        raise UsageError(f"{name}: {error.what}", error.next_step) from error
    if count > 1 and stated_fields(body).get("jobId"):
        raise UsageError("A trigger with its own jobId is one job.", "leave out --count, or the jobId")
    return body


def send_all(
    cli: Cli, batches: Iterable[list[Trigger]], known: list[Trigger], service: str | None = None
) -> Iterator[None]:
    """Sends the batches and adds to `known` what SQS has accepted; yields after each batch. `service`: to its queue, not that of the triggers.

    Raises:
        UsageError: SQS would refuse one. NotSubmittedError: it refused some, or did not answer. InvalidRequestError: no such service.
        KeyboardInterrupt: after the ids were printed that may or may not be in the queue.
    """
    jobs = cli.session.jobs if service is None else _jobs_of(cli, service)
    for batch in batches:
        failed: Sequence[str] = [one.job_id for one in batch]
        told: Sequence[Submitted] = ()
        try:
            told, failed = jobs.send(batch), ()
        except InvalidRequestError as error:
            raise UsageError(f"{error.what} Sent before it: {len(known)}.", error.next_step) from error
        except NotSubmittedError as error:
            told, failed = error.submitted, error.failed
            raise
        except KeyboardInterrupt:
            cli.output.note(f"Not known whether these were sent: {', '.join(failed)}")
            raise
        finally:
            same = {one.trace_id: one.same_as for one in told if one.same_as}
            known += (
                one.known_as(same[one.trace_id]) if one.trace_id in same else one
                for one in batch
                if one.job_id not in failed
            )
        yield


def _jobs_of(cli: Cli, service: str) -> JobClient:
    """That of a service's queue; without records, since who reads it makes them."""
    queue_url = cli.session.stack.named(service)[service].queue_url
    return JobClient(queue_url=queue_url, clients=cli.session.client, environ={})


@contextmanager
def _interrupted_after() -> Iterator[None]:
    """Delays the first Ctrl-C to the end of the block. In the midst of a line, Rich would print that line again with the next one."""
    before, interrupted = signal.getsignal(signal.SIGINT), False

    def delay(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        signal.signal(signal.SIGINT, before)  # a reader that stands still: the second Ctrl-C ends it

    signal.signal(signal.SIGINT, delay)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt


def _print_id(cli: Cli, one: Trigger) -> None:
    value = {"job_id": one.job_id, "trace_id": one.trace_id, "sent_ms": one.sent_ms}
    stated = {"correlation_id": one.correlation_id, "same_as": one.same_as}
    cli.output.line(Text(one.job_id), value | {name: said for name, said in stated.items() if said})
    if one.same_as:
        cli.output.note(f"Not sent: job {one.job_id} has this unique key.")
