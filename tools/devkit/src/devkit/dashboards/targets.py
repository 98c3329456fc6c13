"""A panel's series and queries as Grafana's CloudWatch data source takes them, with the values of names in braces.

Grafana does not know the stack: names follow from its variables, as Terraform makes them (stack/main.tf; modules queue, cluster, worker). Its
variable `service` shows a service's name and holds that of the queue that it receives from, since both are in the names of metrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import cloudwatch
from grafana_foundation_sdk.models.cloudwatch import MetricEditorMode, MetricQueryType
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from jobdeploy.declared import Declared

if TYPE_CHECKING:
    from devkit.dashboards.table import Panel, Series

STACK = "${project}-${environment}"
_BRACES = re.compile(r"(?<!\$)\{([a-z_]+)\}")
_ALL: Mapping[str, str] = {"namespace": STACK, "cluster": f"{STACK}-cluster"}
CHOSEN: Mapping[str, str] = {
    **_ALL,
    "service": "${service:text}",
    "queue": f"{STACK}-${{service}}",
    "dead_letters": f"{STACK}-${{service}}-dlq",
    "ecs_service": f"{STACK}-${{service:text}}-service",
}
"""Names of the service that is chosen."""


def of_service(name: str, declared: Declared) -> Mapping[str, str]:
    """Names of one service, independent of the variable `service`. `key` is for the ids of expressions."""
    return {
        **_ALL,
        "service": name,
        "key": name.replace("-", "_"),
        "queue": f"{STACK}-{declared.receives}",
        "dead_letters": f"{STACK}-{declared.receives}-dlq",
        "ecs_service": f"{STACK}-{name}-service",
    }


def fill(text: str, names: Mapping[str, str]) -> str:
    """Replaces names in braces; `${...}`, which is Grafana's or CloudWatch's own, stays. Raises KeyError for an unknown name."""
    return _BRACES.sub(lambda found: names[found[1]], text)


def log_groups(groups: str, services: Mapping[str, Declared]) -> list[str]:
    """The log groups of a saved query; `groups` is services, ecs, both or insights (stack/locals.tf)."""
    known = {
        "services": [f"/ecs/{STACK}/{name}" for name in sorted(services)],
        "ecs": [f"/ecs/{STACK}"],
        "insights": [f"/aws/ecs/containerinsights/{STACK}-cluster/performance"],
    }
    known["both"] = [*known["services"], *known["ecs"]]
    return known[groups]


SOURCE = DataSourceRef(type_val="cloudwatch", uid="${cloudwatch}")
REGION = "$region"
ANY_VALUE = "*"
"""The value that makes a series for each value of a dimension."""


def metric_targets(panel: Panel, each: Sequence[Mapping[str, str]]) -> Iterator[cloudwatch.CloudWatchMetricsQuery]:
    """The panel's series, once for each set of names."""
    number = 0
    for names in each:
        for one in panel.series:
            yield _metric(one, names, panel.period).ref_id(_letters(number))
            number += 1


def log_target(text: str, groups: Sequence[str]) -> cloudwatch.CloudWatchLogsQuery:
    """A query over log groups, given by name because ARNs contain the account."""
    return (
        cloudwatch.CloudWatchLogsQuery()
        .ref_id("A")
        .id("")
        .datasource(SOURCE)
        .region(REGION)
        .expression(text)
        .log_group_names(list(groups))
        .stats_groups([])
    )


def _metric(one: Series, names: Mapping[str, str], period: int) -> cloudwatch.CloudWatchMetricsQuery:
    made = (
        cloudwatch.CloudWatchMetricsQuery()
        .datasource(SOURCE)
        .region(REGION)
        .metric_query_type(MetricQueryType.SEARCH)
        .period(str(period))
        .id(fill(one.id, names))
    )
    if one.expression:
        return (
            made.metric_editor_mode(MetricEditorMode.CODE)
            .expression(fill(one.expression, names))
            .label(fill(one.label, names))
        )
    dimensions: dict[str, str | list[str]] = {key: fill(value, names) for key, value in one.dimensions.items()}
    made = (
        made.metric_editor_mode(MetricEditorMode.BUILDER)
        .namespace(fill(one.namespace, names))
        .metric_name(fill(one.metric, names))
        .statistic(one.stat)
        .match_exact(True)
    )
    if one.by:
        return made.dimensions({**dimensions, one.by: ANY_VALUE}).label(f"${{PROP('Dim.{one.by}')}}")
    made = made.dimensions(dimensions).label(fill(one.label, names))
    return made.hide(True) if one.id else made


def _letters(number: int) -> str:
    """Grafana's names of queries: A to Z, AA to AZ, BA ..."""
    rest, letter = divmod(number, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + letter)
