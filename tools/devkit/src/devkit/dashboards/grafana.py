"""Grafana's dashboard, stored as grafana/dashboards/jobs.json: the table's sections as rows, in their order, and failed traces.

A section for each service is one row, for the service that is chosen: names of metrics take no variable with several values. Panels of services with
job logs only are made for those services by name. Thresholds are the defaults of the alarms': Grafana has no variables in them. Rows of logs and of
traces are closed, because their queries are charged by what they scan: they run when a row is opened, and not at each refresh.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grafana_foundation_sdk.builders import cloudwatch, common, table, timeseries
from grafana_foundation_sdk.builders.dashboard import (
    CustomVariable,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
    TextBoxVariable,
    ThresholdsConfig,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import GraphTresholdsStyleMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableModel,
    VariableOption,
    VariableRefresh,
)

from devkit.dashboards.defaults import Defaults, read_defaults
from devkit.dashboards.table import Panel, Section, read_queries, read_table
from devkit.dashboards.targets import CHOSEN, REGION, SOURCE, STACK, log_groups, log_target, metric_targets, of_service
from jobqueue.telemetry import names

if TYPE_CHECKING:
    from devkit.dashboards.defaults import Defaults

XRAY = "grafana-x-ray-datasource"
"""The plugin's id: https://grafana.com/grafana/plugins/grafana-x-ray-datasource/"""
_FIRST = "dev"


def variables(defaults: Defaults) -> list[Builder[VariableModel]]:
    """Data sources, project, environment, Region, service."""
    first = _FIRST if _FIRST in defaults.environments else defaults.environments[0]
    regions: dict[str, Any] = {"queryType": "regions", "refId": "regions"}
    services = ",".join(f"{name} : {one.receives}" for name, one in defaults.services.items())
    chosen = next(iter(defaults.services))
    return [
        DatasourceVariable("cloudwatch").label("CloudWatch").type("cloudwatch"),
        DatasourceVariable("xray").label("X-Ray").type(XRAY),
        TextBoxVariable("project").label("Project").default_value(defaults.project).current(_option(defaults.project)),
        CustomVariable("environment")
        .label("Environment")
        .values(",".join(defaults.environments))
        .options([_option(name, selected=name == first) for name in defaults.environments])
        .current(_option(first)),
        QueryVariable("region")
        .label("Region")
        .datasource(SOURCE)
        .query(regions)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .current(_option(defaults.region)),
        CustomVariable("service")
        .label("Service")
        .values(services)
        .options([_option(name, one.receives, selected=name == chosen) for name, one in defaults.services.items()])
        .current(_option(chosen, defaults.services[chosen].receives)),
    ]


def _option(text: str, value: str | None = None, *, selected: bool = True) -> VariableOption:
    return VariableOption(selected=selected, text=text, value=value or text)


XRAY_SOURCE = DataSourceRef(type_val=XRAY, uid="${xray}")


@dataclass(frozen=True)
class TraceList(Dataquery, Builder["TraceList"]):
    """The plugin's query of kind "Trace List"; the SDK has no type for it."""

    expression: str

    def build(self) -> TraceList:
        """Returns itself: it is its own built value."""
        return self

    def to_json(self) -> dict[str, object]:
        """The plugin's `XrayQuery`: https://github.com/grafana/x-ray-datasource/blob/main/src/types.ts"""
        return {
            "refId": "A",
            "datasource": XRAY_SOURCE,
            "queryType": "getTraceSummaries",
            "query": self.expression,
            "region": REGION,
        }


def traces_panel(defaults: Defaults) -> table.Panel:
    """The panel of failed traces of this stack's queues; a click on an id opens the waterfall."""
    mine = " OR ".join(
        f'annotation[{names.DESTINATION}] = "{STACK}-{one.receives}"' for one in defaults.services.values()
    )
    return (
        table.Panel()
        .title("Failed traces. Where did it go wrong?")
        .datasource(XRAY_SOURCE)
        .with_target(TraceList(f"({mine}) AND (error OR fault)"))
    )


UID = "jobs-of-a-stack"
"""The id by which other dashboards and bookmarks refer to it; 8 to 40 characters."""
_WIDTH, _LOG_WIDTH, _HEIGHT = 8, 12, 8
_UNITS = {"seconds": "s", "percent": "percent"}
"""Grafana's ids of units that it scales: 90 s become 1.5 min."""
_HOME = "https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}"


def dashboard_page() -> str:
    """The dashboard's JSON, as grafana/dashboards holds it."""
    defaults = read_defaults()
    made = (
        Dashboard("Jobs")
        .uid(UID)
        .description(
            "One stack: its queues, services, job types, tasks and deployments. Made by `nox -s fix`; do not edit."
        )
        .tags(["jobs"])
        .editable()
        .timezone("browser")
        .time("now-3h", "now")
        .refresh("1m")
        .variables(variables(defaults))
        .links(list(_links()))
    )
    for section in read_table():
        for title, panels in _rows(section, defaults):
            if section.each == "logs":
                made = made.with_row(_closed(title, panels))
                continue
            made = made.with_row(Row(title))
            for panel in panels:
                made = made.with_panel(panel)
    made = made.with_row(_closed("Traces", [traces_panel(defaults).span(24).height(_HEIGHT)]))
    return _written(made)


def _closed(title: str, panels: Sequence[Any]) -> Row:
    row = Row(title).collapsed(True)
    for panel in panels:
        row = row.with_panel(panel)
    return row


def _rows(section: Section, defaults: Defaults) -> Iterator[tuple[str, list[Any]]]:
    """The title and the panels of each row of a section."""
    services = {name: of_service(name, one) for name, one in defaults.services.items()}
    thresholds = {name: f"{value:g}" for name, value in defaults.thresholds.items()}
    if section.each == "logs":
        yield section.title, [_log_panel(panel, defaults) for panel in section.panels]
    elif section.each == "stack":
        each = [{**thresholds, **names} for names in services.values()]
        yield section.title, [_metric_panel(panel, each, defaults) for panel in section.panels]
    else:
        everywhere = [panel for panel in section.panels if not panel.job_logs]
        yield f"{section.title}: ${{service:text}}", [_metric_panel(one, [CHOSEN], defaults) for one in everywhere]
        for name, one in defaults.services.items():
            if one.job_logs and (own := [panel for panel in section.panels if panel.job_logs]):
                yield f"{section.title}: {name}", [_metric_panel(two, [services[name]], defaults) for two in own]


def _metric_panel(panel: Panel, each: Sequence[Mapping[str, str]], defaults: Defaults) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .title(f"{panel.title}. {panel.asks}")
        .datasource(SOURCE)
        .targets(list(metric_targets(panel, each)))
        .unit(_UNITS.get(panel.unit, "short"))
        .axis_label(panel.unit)
        .min(0)
        .interval(f"{panel.period}s")
        .span(_WIDTH)
        .height(_HEIGHT)
    )
    if panel.thresholds:
        values = sorted({defaults.thresholds[name] for name in panel.thresholds})
        steps = [Threshold(None, "green"), *(Threshold(value, "red") for value in values)]
        line = common.GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.LINE)
        made = made.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)).thresholds_style(line)
        made = made.description(f"The line: the default of thresholds.{', thresholds.'.join(panel.thresholds)}.")
    return made


def _log_panel(panel: Panel, defaults: Defaults) -> table.Panel:
    query = read_queries()[panel.query]
    return (
        table.Panel()
        .title(f"{panel.title}. {panel.asks}")
        .description(f"The saved query {STACK}/{panel.query}.")
        .datasource(SOURCE)
        .with_target(log_target(query.text, log_groups(query.groups, defaults.services)))
        .span(_LOG_WIDTH)
        .height(_HEIGHT)
    )


def _links() -> Iterator[DashboardLink]:
    """Links to the dashboard, alarms, queries and traces in the AWS console."""
    for title, place in (
        ("CloudWatch dashboard", f"#dashboards/dashboard/{STACK}"),
        ("Alarms", f"#alarmsV2:?search={STACK}"),
        ("Saved queries", "#logsV2:logs-insights"),
        ("Traces", "#xray:traces/query"),
    ):
        yield (
            DashboardLink(title)
            .type(DashboardLinkType.LINK)
            .url(_HOME + place)
            .icon("external link")
            .target_blank(True)
        )


def _written(made: Dashboard) -> str:
    """The JSON, with panel ids by position, so that a new panel changes few lines, and with annotations for alarms."""
    built: dict[str, Any] = json.loads(json.dumps(made.build(), cls=JSONEncoder))
    inside = [[panel, *panel.get("panels", [])] for panel in built["panels"]]
    for number, panel in enumerate(itertools.chain.from_iterable(inside), 1):
        panel["id"] = number
        if panel.get("options", {}) is None:  # the SDK writes None for the plugin's own defaults
            panel["options"] = {}
    built["annotations"] = {"list": [_alarms()]}
    return json.dumps(built, indent=2, ensure_ascii=False) + "\n"


def _alarms() -> dict[str, Any]:
    """The annotation for alarms that changed their state; the SDK's own type for annotations cannot hold this query."""
    query = (
        cloudwatch.CloudWatchAnnotationQuery()
        .ref_id("alarms")
        .region(REGION)
        .prefix_matching(True)
        .action_prefix("")
        .alarm_name_prefix(f"{STACK}-")
        .namespace("")
    )
    source = json.loads(json.dumps(SOURCE, cls=JSONEncoder))
    target = json.loads(json.dumps(query.build(), cls=JSONEncoder))
    return {"name": "Alarms", "datasource": source, "enable": True, "iconColor": "red", "target": target}
