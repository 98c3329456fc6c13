"""The dashboards' table, `infra/terraform/modules/views/panels.yaml`, and the dashboard of Grafana that is made from it.

Terraform makes CloudWatch's dashboard of the same table. The package is used by pages. It reads files and
returns values; it calls neither AWS nor Grafana.

    table       the table and the saved queries, as values
    wanted      every metric with its dimensions, and every log field, that the table needs: a run is compared with them
    of_aws      the metrics that AWS's own services send
    fields      the fields that a query of Logs Insights names
    defaults    the defaults of Terraform's variables: thresholds, project, Region, environments, services
    names       the values of names in braces: a service's own names, or Grafana's variables
    targets     a panel's series and queries in the form of Grafana's CloudWatch data source
    variables   the choices at the top of Grafana's dashboard
    traces      the list of traces, which only Grafana's dashboard has
    grafana     the dashboard
"""

from devkit.dashboards.grafana import dashboard_page
from devkit.dashboards.table import Panel, Query, Section, Series, read_queries, read_table
from devkit.dashboards.wanted import WantedFields, WantedMetric, wanted_fields, wanted_metrics

__all__ = [
    "Panel",
    "Query",
    "Section",
    "Series",
    "WantedFields",
    "WantedMetric",
    "dashboard_page",
    "read_queries",
    "read_table",
    "wanted_fields",
    "wanted_metrics",
]
