"""Every field that a saved query names is in what is really written, and every query is of the language's form.

The truth about our fields is a run: the background job's own table on the real consumer, with each way in which a job can end.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from background_job.jobs import catalogue
from devkit.dashboards import read_queries
from jobqueue.cloudwatch.event import encode
from jobqueue.telemetry.logs import JsonHandler
from jobqueue.testing import InMemoryQueue, drain, put_job

QUERIES = read_queries()
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
OF_LOGS = {"@timestamp", "@message", "@logStream", "@log", "@ingestionTime"}
OF_ECS = {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    "detail.group", "detail.lastStatus", "detail.stopCode", "detail.stoppedReason",
    "detail.containers.0.name", "detail.containers.0.exitCode", "detail.containers.1.exitCode",
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html and ecs_service_events.html
    "resources.0", "detail.eventName", "detail.reason", "detail.deploymentId",
}  # fmt: skip
OF_COLLECTORS = {"level", "caller", "msg", "error"}  # as the image of ADOT 0.49 wrote them with encoding: json
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
OF_CONTAINERS = {
    "Type", "ServiceName", "ContainerName", "CpuUtilized", "CpuReserved", "MemoryUtilized", "MemoryReserved",
}  # fmt: skip


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html, the part that the saved queries use
COMMANDS = frozenset({"fields", "filter", "stats", "sort", "limit", "display", "parse", "dedup"})
FUNCTIONS = frozenset(
    {"count", "count_distinct", "earliest", "latest", "max", "min", "avg", "sum", "pct", "bin", "ispresent"}
)
_WORDS = frozenset({"by", "as", "and", "or", "not", "in", "like", "asc", "desc"})
_TOKEN = re.compile(r"@?[A-Za-z_][\w.]*|\d+m\b")
_DURATION = re.compile(r"\d+m")


def plain(query: str) -> str:
    """The query without comments, and with all quoted texts empty."""
    return re.sub(r'"[^"]*"', '""', re.sub(r"^#.*$", "", query, flags=re.MULTILINE)).strip()


def named_fields(query: str) -> Iterator[str]:
    """The names that are neither commands, functions, words of the language nor defined by the query itself.

    Raises:
        ValueError: an unknown command or function.
    """
    text = plain(query)
    own = set(re.findall(r"\bas (\w+)", text))
    for command in re.split(r"\s*\|\s*", text):
        verb, _, rest = command.partition(" ")
        if verb not in COMMANDS:
            raise ValueError(f"{verb!r} is no command")
        for found in _TOKEN.finditer(rest):
            token = found.group()
            if rest[found.end() : found.end() + 1] == "(":
                if token not in FUNCTIONS:
                    raise ValueError(f"{token!r} is no function")
            elif token not in _WORDS | own and not _DURATION.fullmatch(token):
                yield token


class Line(dict[str, Any]):
    """One line that was written, read back."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    """The container's lines and the job's events of jobs that end in every way."""
    out = tmp_path_factory.mktemp("stdout") / "lines"
    handler = JsonHandler("background-job", "1.2.3", os.open(out, os.O_WRONLY | os.O_CREAT))
    root = logging.getLogger()
    level, before = root.level, root.handlers[:]
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    queue = InMemoryQueue("background-jobs")
    try:
        for end in ("complete", "fail", "retry_once", "reject"):
            put_job(queue, "simulate", {"end": end})
        put_job(queue, "unheard-of")
        queue.put("no JSON")
        drained = drain(catalogue, queue)
    finally:
        handler.end()
        root.handlers[:] = before
        root.setLevel(level)
    lines = [Line(orjson.loads(line)) for line in out.read_bytes().splitlines()]
    for event in drained.job_logs.events.all():
        ids = {"jobId": event.job_id, "jobType": "simulate", "correlationId": "c", "attempt": event.attempt}
        if event.level == "finish":
            continue
        (text,) = encode({**ids, "traceId": "t"}, event.level, event.message, event.fields, 0)
        lines += [Line(orjson.loads(one)) for one in (text, text[:-1] + b',"job_log_undelivered":true}')]
    return lines


def texts(query: str, field: str) -> set[str]:
    """What the query compares a field with."""
    return set(re.findall(rf'\b{field} !?= "([^"]+)"', query))


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_names_only_fields_that_are_written(name: str, written: list[Line]) -> None:
    groups, fields = QUERIES[name].groups, set(named_fields(QUERIES[name].text))
    ours = {field for line in written for field in line}
    known = {"services": ours, "both": ours, "ecs": OF_ECS | OF_COLLECTORS, "insights": OF_CONTAINERS}[groups] | OF_LOGS
    assert fields
    assert fields <= known


@pytest.mark.parametrize("name", QUERIES)
def test_what_a_query_compares_with_is_a_value_that_is_written(name: str, written: list[Line]) -> None:
    for field in ("event", "outcome", "message", "logger"):
        assert texts(QUERIES[name].text, field) <= {line.get(field) for line in written}, field


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_well_formed(name: str) -> None:
    text = plain(QUERIES[name].text)
    assert text.count("(") == text.count(")")
    assert text.count("[") == text.count("]")
    assert QUERIES[name].text.count('"') % 2 == 0
    for command in re.findall(r"(?:^|\| )(sort [^\n|]+|limit [^\n|]+)", text):
        assert re.fullmatch(r"sort @?[\w.]+ (asc|desc)|limit \d+", command.strip()), command
    assert len(QUERIES[name].text) <= 10_000  # PutQueryDefinition, queryString


def test_a_failed_attempt_is_counted_once_though_it_is_told_twice(written: list[Line]) -> None:
    """What the queries rely on: `event` is in the job's stream, `logger` in the container's line, never both for one attempt."""
    ends = {"job.failed", "job.completed", "job.retried"}
    assert not [line for line in written if line.get("event") in ends and "logger" in line]
    assert [line for line in written if line.get("outcome") == "reject" and "logger" in line]


def test_a_field_that_nobody_writes_is_seen() -> None:
    found = set(named_fields('filter event = "job.failed" | stats count(*) as n by jobKind | sort n desc'))
    assert found == {"event", "jobKind"}
