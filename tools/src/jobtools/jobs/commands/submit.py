"""How is a job given to the services? `jobs submit`. Layer: tools, main thread. The id that it prints is the id everywhere."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Iterable, Iterator
from io import UnsupportedOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from jobqueue.sqs.limits import ENTRIES_PER_CALL
from jobqueue.sqs.sender import SqsSender
from jobtools.jobs.call import call_of
from jobtools.jobs.duration import read_seconds
from jobtools.jobs.exits import BadWish, Wrong
from jobtools.jobs.triggers import MOST_DELAY_SECONDS, Submitted, TriggerWish, read_data, submitted
from jobtools.jobs.wait import wait_for_all

if TYPE_CHECKING:
    from jobtools.jobs.call import Call

IDLE_SECONDS = 0.2
"""How long a line of standard input waits for others to share its call."""


def run(
    ctx: typer.Context,
    data: Annotated[
        str,
        typer.Option(help="A JSON object: a whole trigger, or a trigger's data; @FILE reads it; - reads a line each."),
    ] = "{}",
    job_type: Annotated[str | None, typer.Option("--type", help="The background job's type.")] = None,
    trigger: Annotated[str | None, typer.Option(help="The trigger's name.")] = None,
    correlation_id: Annotated[str | None, typer.Option(help="Goes through everything.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Each so many times.")] = 1,
    rate: Annotated[float | None, typer.Option(min=0.01, help="At most so many a second.")] = None,
    delay: Annotated[str, typer.Option(help="SQS shows it to the services so much later: 90s, 15m.")] = "0s",
    wait: Annotated[bool, typer.Option("--wait", help="Follows the jobs to their ends.")] = False,
    timeout: Annotated[str, typer.Option(help="How long --wait waits.")] = "10m",
) -> None:
    """Sends triggers; prints the job id of each."""
    call = call_of(ctx)
    wish = TriggerWish(trigger, job_type, correlation_id, _delay(delay))
    limit_seconds = read_seconds(timeout)
    sent: list[Submitted] = []
    try:
        with call.screen.working("submit") as told:
            sender = _sender(call)
            for batch in _batches(_texts(data), count, wish, rate):
                _send(sender, batch, len(sent))
                sent += batch
                for one in batch if not wait else ():
                    _tell(call, one)
                told(f"submit: {len(sent)} sent")
    except BaseException:  # Ctrl-C too: nobody else knows these ids
        for one in sent if wait else ():
            _tell(call, one)
        raise
    if wait:
        wait_for_all(call, sent, limit_seconds)


def _delay(text: str) -> int:
    seconds = round(read_seconds(text))
    if seconds > MOST_DELAY_SECONDS:
        raise BadWish(f"--delay {text} is too long.", f"SQS delays by at most {MOST_DELAY_SECONDS} s")
    return seconds


def _texts(data: str) -> Iterator[tuple[str, str | None]]:
    """What was given, one by one, and what to call it; None: nothing more at the moment."""
    if data == "-":
        for number, line in enumerate(iter(sys.stdin.readline, ""), 1):
            if line.strip():
                yield f"Line {number}", line
            if not _more_now():
                yield "", None
        return
    if not data.startswith("@"):
        yield "--data", data
        return
    try:
        yield data[1:], Path(data[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadWish(f"{data[1:]} cannot be read: {error}.", "name a file of JSON behind the @") from error


def _more_now() -> bool:
    try:
        return bool(select.select([sys.stdin], [], [], IDLE_SECONDS)[0])
    except (OSError, ValueError, UnsupportedOperation):  # no real file
        return True


def _batches(
    texts: Iterable[tuple[str, str | None]], count: int, wish: TriggerWish, rate: float | None
) -> Iterator[list[Submitted]]:
    batch: list[Submitted] = []
    most = ENTRIES_PER_CALL if rate is None else max(1, min(ENTRIES_PER_CALL, int(rate)))
    began, sent = time.monotonic(), 0
    for name, text in texts:
        try:
            bodies = [] if text is None else [_body(name, text, wish, count)] * count
        except BadWish:
            if batch:
                yield batch  # what stands before a bad line is sent, and told
            raise
        for body in bodies:
            batch.append(submitted(body, wish))
            if len(batch) == most:
                yield batch
                sent += len(batch)
                batch = []
                if rate is not None:
                    time.sleep(max(0.0, began + sent / rate - time.monotonic()))
        if text is None and batch:
            yield batch
            sent += len(batch)
            batch = []
    if batch:
        yield batch


def _body(name: str, text: str, wish: TriggerWish, count: int) -> dict[str, object]:
    try:
        body = read_data(text, wish)
    except BadWish as error:
        raise BadWish(f"{name}: {error.what}", error.next_step) from error
    if count > 1 and body.get("jobId"):
        raise BadWish("A trigger with a job id of its own is one job.", "leave out --count, or its jobId")
    return body


def _send(sender: SqsSender, batch: list[Submitted], before: int) -> None:
    for one in batch:
        if (refusal := sender.refusal(one.message)) is not None:
            raise BadWish(
                f"SQS would refuse it: {refusal}. {before} were sent before.", "send less data, or a key to the rest"
            )
    failed = sender.send([one.message for one in batch])
    if failed:
        ids = ", ".join(batch[one.index].job_id for one in failed)
        raise Wrong(
            f"{len(failed)} of {len(batch)} were not sent ({ids}): {failed[0].code}: {failed[0].message}",
            "send them again",
        )


def _sender(call: Call) -> SqsSender:
    sqs, url = call.session.client("sqs"), call.session.stack.triggered.queue_url
    most = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MaximumMessageSize"])
    return SqsSender(sqs, url, most_bytes=int(most["Attributes"]["MaximumMessageSize"]))


def _tell(call: Call, one: Submitted) -> None:
    said = {"job_id": one.job_id, "trace_id": one.trace_id, "sent_ms": one.sent_ms}
    call.screen.line(Text(one.job_id), said | ({"correlation_id": one.correlation_id} if one.correlation_id else {}))
