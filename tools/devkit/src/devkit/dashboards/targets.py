"""Series and queries in the form of Grafana's CloudWatch data source.

https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/query-editor/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import cloudwatch
from grafana_foundation_sdk.models.cloudwatch import MetricEditorMode, MetricQueryType
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from devkit.dashboards.names import fill

if TYPE_CHECKING:
    from devkit.dashboards.table import Panel, Series

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
