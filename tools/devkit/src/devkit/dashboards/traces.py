"""The list of failed traces on Grafana's dashboard.

Only Grafana has it: in CloudWatch, traces are found by the stack's X-Ray group, not on a dashboard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from devkit.dashboards.names import STACK
from devkit.dashboards.targets import REGION
from devkit.dashboards.variables import XRAY
from jobqueue.telemetry import names

if TYPE_CHECKING:
    from devkit.dashboards.defaults import Defaults

SOURCE = DataSourceRef(type_val=XRAY, uid="${xray}")


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
            "datasource": SOURCE,
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
        .datasource(SOURCE)
        .with_target(TraceList(f"({mine}) AND (error OR fault)"))
    )
