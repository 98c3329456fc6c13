"""The metrics that must exist for the dashboards to show something, and the log fields that a saved query names.

Names are as in the table: text in braces stands for a name of the stack (`{namespace}`, `{queue}`, `{service}` ...), and `ANY` for the value of a
dimension whose values are all shown. Fields are found for the part of Logs Insights' language that the saved queries use:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from devkit.dashboards.table import read_table

QUEUE, SERVICE = frozenset({"QueueName"}), frozenset({"ClusterName", "ServiceName"})
OF_AWS = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesDelayed"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesDeleted"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesReceived"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesSent"): QUEUE,
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    ("AWS/ECS", "CPUUtilization"): SERVICE,
    ("AWS/ECS", "MemoryUtilization"): SERVICE,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    ("ECS/ContainerInsights", "DeploymentCount"): SERVICE,
    ("ECS/ContainerInsights", "DesiredTaskCount"): SERVICE,
    ("ECS/ContainerInsights", "PendingTaskCount"): SERVICE,
    ("ECS/ContainerInsights", "RunningTaskCount"): SERVICE,
}

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


ANY = "{any}"


@dataclass(frozen=True)
class WantedMetric:
    """A metric that a panel shows. `dimensions`: each name with its value."""

    panel: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]


def wanted_metrics() -> list[WantedMetric]:
    """Each metric of each panel, in the table's order."""
    found = []
    for section in read_table():
        for panel in section.panels:
            for one in panel.series:
                if one.metric:
                    more = {one.by: ANY} if one.by else {}
                    found.append(WantedMetric(panel.title, one.namespace, one.metric, {**one.dimensions, **more}))
    return found
