"""The variables at the top of Grafana's dashboard, with the defaults of Terraform's variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grafana_foundation_sdk.builders.dashboard import CustomVariable, DatasourceVariable, QueryVariable, TextBoxVariable
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import VariableModel, VariableOption, VariableRefresh

from devkit.dashboards.targets import SOURCE

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
