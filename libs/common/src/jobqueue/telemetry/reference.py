"""The reference page of telemetry; a command: `python -m jobqueue.telemetry.reference` prints docs/reference/telemetry.md."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from jobqueue.telemetry import names
from jobqueue.telemetry.export_health import EVERY_SECONDS
from jobqueue.telemetry.export_plan import TIMEOUT_SECONDS
from jobqueue.telemetry.measurements import MAX_SERIES

_HEAD = f"""\
# Telemetry

Printed by `python -m jobqueue.telemetry.reference` from `libs/common/src/jobqueue/telemetry/names.py`; edit that file, not this one.

Names follow OpenTelemetry's semantic conventions for messaging and AWS SQS, version {names.CONVENTIONS_VERSION}
(schema `{names.SCHEMA_URL}`); names of our own begin with `jobs.`.

## Switching it on

| Variable | What it does here |
|---|---|
| `OTEL_EXPORTER_OTLP_ENDPOINT`, or `..._TRACES_ENDPOINT`, `..._METRICS_ENDPOINT` | Where to export to. Not set: nothing is exported, \
nothing of OpenTelemetry is loaded, and the trace context of a message is passed on to the next job as it came. |
| `OTEL_EXPORTER_OTLP_PROTOCOL` (also per signal) | `http/protobuf` (default) or `grpc`. |
| `OTEL_SDK_DISABLED=true`, `OTEL_TRACES_EXPORTER=none`, `OTEL_METRICS_EXPORTER=none` | Off, or one of the two off. |
| `OTEL_EXPORTER_OTLP_TIMEOUT` (also per signal) | Seconds for one export with its retries; {TIMEOUT_SECONDS:g} where not set. |
| `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `delta` (default, what CloudWatch needs), `cumulative`, `lowmemory`. |
| `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `base2_exponential_bucket_histogram` (default) or `explicit_bucket_histogram`. |
| `OTEL_METRICS_EXEMPLAR_FILTER` | For a service's own instruments; not set: no exemplars. The durations below have none. |
| `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | Win over the service's own name and version. |

All others (`OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`, `OTEL_METRIC_EXPORT_INTERVAL`, headers, certificates ...) mean what the OpenTelemetry SDK
says. A value that it cannot take ends the start with exit code 64 and the variable's name; an SDK that cannot be loaded nevertheless costs
one log line, and the process goes on without telemetry. A collector on this machine is reached directly, whatever proxy the environment
names. A collector that is missing or slow never holds a job up: spans that do not fit the bounded queue are dropped, and one log line
says so, once, however long it lasts; another says that telemetry is delivered again. A collector that comes and goes costs two lines in
{EVERY_SECONDS / 60:g} minutes at most.

## One trace

The parent of a `process` span is the creation context of its message: the `traceparent` (and `tracestate`) message attribute, else SQS's
`AWSTraceHeader`; where that has a root and no parent, the span is in that trace and a child of nothing. The creation context of a message
that a job sends is the job's own `process` span, so producer, main job and background job share one trace. No `create` spans are made:
they would cost a span per message to say the same. A message that is sent with no context of its own gets that of its `send` span; a dead
letter keeps what its message had.
"""
_LEFT_OUT = """\
Left out, all of them only recommended or optional: `aws.request_id`, `aws.sqs.queue.url`, `network.peer.*` and `messaging.client.id` (nothing of
AWS's calls crosses the ports, and a queue's URL names the account), `server.address` on `process` spans (they talk to no server), and links on
`delete` and `change_visibility` spans. Exceptions are not span events: the job's log line carries the stack, with the trace id.
"""
_LOGS = """\
## Log lines

One JSON object a line on stdout: `timestamp` (UTC, milliseconds), `level`, `message`, `logger`, `service`, `version`; inside a job also
`jobId`, `correlationId`, `traceId` and `spanId`; whatever the code gave as `extra`; for an exception `errorType`, `error` and `stack`. A
message's data is never logged at INFO.

A line is valid JSON below 250,000 bytes, whatever was given to it: CloudWatch Logs' agents cut longer ones anywhere, and with them the
`event` that alarms count. What has no JSON is its `repr`; an error's text and stack keep their beginning and end; of a line that is still
too long, `cut` names the fields that were shortened or left out, `event` never among them. A field of a handler's that is named like one of
the runtime's (`jobId`, `level`) has an underscore behind its name, and so has an `event` that begins with `job.`. "job done" of a main job is
written once the background queue took its job.
"""


def page() -> str:
    """The whole page, Markdown."""
    spans = [
        (f"`{span.of('{queue}')}`", ", ".join(span.kinds), span.meaning, _codes(span.attributes))
        for span in names.SPANS
    ]
    attributes = [(f"`{one.name}`", one.type, one.meaning) for one in names.ATTRIBUTES]
    metrics = [
        (f"`{one.name}`", one.instrument, f"`{one.unit}`", one.description, _codes(one.attributes))
        for one in names.METRICS
    ]
    return "\n".join(
        [
            _HEAD,
            "## Spans\n",
            _table(("Name", "Kind", "What it is", "Attributes"), spans),
            _LEFT_OUT,
            "## Attributes\n",
            _table(("Name", "Type", "Meaning"), attributes),
            "## Metrics\n",
            f"At most {MAX_SERIES} series of each `jobs.` counter; values beyond count as `{names.OTHER}`.\n",
            _table(("Name", "Instrument", "Unit", "What it is", "Attributes"), metrics),
            _LOGS.rstrip("\n"),
            "",
        ]
    )


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(page())
