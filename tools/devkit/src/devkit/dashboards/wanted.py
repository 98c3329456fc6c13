"""The metrics and log fields that must exist for the dashboards and the saved queries to show something.

Names are as in the table: text in braces stands for a name of the stack (`{namespace}`, `{queue}`, `{service}` ...), and `ANY` for the value of a
dimension whose values are all shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devkit.dashboards.fields import named_fields
from devkit.dashboards.table import read_queries, read_table

ANY = "{any}"


@dataclass(frozen=True)
class WantedMetric:
    """A metric that a panel shows. `dimensions`: each name with its value."""

    panel: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True)
class WantedFields:
    """The fields that a saved query names. `groups`: services, ecs, both or insights, the log groups that it reads."""

    query: str
    groups: str
    fields: frozenset[str]


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


def wanted_fields() -> list[WantedFields]:
    """The fields of each saved query."""
    return [
        WantedFields(query.name, query.groups, frozenset(named_fields(query.text))) for query in read_queries().values()
    ]
