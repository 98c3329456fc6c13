"""Metrics and fields that alarms, the dashboard, saved queries and metric filters of a stack name, read from the local AWS.

Read with plain boto3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from devkit.dashboards import WantedMetric, wanted_metrics
from devkit.dashboards.wanted import named_fields

ANY = "*"
"""In place of a dimension's value: all of them."""
_SEARCH = re.compile(r"SEARCH\('\{([^}]*)\} MetricName=\"([^\"]+)\"([^']*)'")
_SOURCE = re.compile(r"SOURCE '([^']+)'")
_PATTERN_FIELD = re.compile(r"\$\.([\w.]+)")
_BRACES = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Metric:
    """`by` names the alarm or the panel that asks for it."""

    by: str
    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in sorted(self.dimensions.items()))
        return f"{self.by}: {self.namespace} {self.name} ({told})"


@dataclass(frozen=True)
class Fields:
    """Fields that are read from log groups."""

    by: str
    groups: tuple[str, ...]
    names: frozenset[str]


def alarmed(cloudwatch: Any, prefix: str) -> Iterator[Metric]:
    """The metrics of all metric alarms, those of their expressions included."""
    for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix):
        for alarm in page["MetricAlarms"]:
            stats = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
            for one in stats or [alarm]:
                dimensions = {pair["Name"]: pair["Value"] for pair in one.get("Dimensions", ())}
                yield Metric(alarm["AlarmName"], one["Namespace"], one["MetricName"], dimensions)


def drawn(body: Mapping[str, Any]) -> Iterator[Metric]:
    """The metrics of the dashboard's metric widgets; an expression over others names none, a search one for all values of a dimension."""
    for widget in body["widgets"]:
        for row in widget["properties"].get("metrics", ()):
            title = widget["properties"]["title"]
            texts = [one for one in row if isinstance(one, str)]
            if texts:
                yield Metric(title, texts[0], texts[1], dict(zip(texts[2::2], texts[3::2], strict=True)))
            elif found := _SEARCH.search(row[0]["expression"]):
                namespace, *names = re.findall(r'"([^"]+)"', found[1])
                values = dict(re.findall(r'"([^"]+)"="([^"]+)"', found[3]))
                yield Metric(title, namespace, found[2], {name: values.get(name, ANY) for name in names})


def alarms_drawn(body: Mapping[str, Any]) -> set[str]:
    """ARNs of alarms that the dashboard shows."""
    return {arn for widget in body["widgets"] for arn in widget["properties"].get("alarms", ())}


def asked(logs: Any, prefix: str, body: Mapping[str, Any]) -> Iterator[Fields]:
    """The fields of saved queries, of the dashboard's log widgets and of metric filters."""
    for one in logs.describe_query_definitions(queryDefinitionNamePrefix=prefix)["queryDefinitions"]:
        yield Fields(one["name"], tuple(one["logGroupNames"]), frozenset(named_fields(one["queryString"])))
    for widget in body["widgets"]:
        if widget["type"] == "log":
            *sources, text = re.split(r" \| (?!SOURCE)", widget["properties"]["query"], maxsplit=1)
            fields = frozenset(named_fields(text))
            yield Fields(widget["properties"]["title"], tuple(_SOURCE.findall(" ".join(sources))), fields)
    for one in filters(logs):
        yield Fields(one["filterName"], (one["logGroupName"],), frozenset(_PATTERN_FIELD.findall(one["filterPattern"])))


def filters(logs: Any) -> list[Any]:
    """The metric filters, which count what is in logs."""
    return [one for page in logs.get_paginator("describe_metric_filters").paginate() for one in page["metricFilters"]]


def wanted_and_not(metrics: Iterator[Metric]) -> set[str]:
    """Metrics of the table of panels that the dashboard does not ask for; `{...}` in the table stands for any text."""
    drawn_names = {one.name for one in metrics}
    return {one.metric for one in wanted_metrics() if not _fits(one, drawn_names)}


def _fits(one: WantedMetric, names: set[str]) -> bool:
    pattern = re.compile(".+".join(map(re.escape, _BRACES.split(one.metric))))
    return any(pattern.fullmatch(name) for name in names)


def read_dashboard(cloudwatch: Any, name: str) -> Mapping[str, Any]:
    """The dashboard's body."""
    found: Mapping[str, Any] = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    return found
