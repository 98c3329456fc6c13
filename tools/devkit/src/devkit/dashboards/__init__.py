"""The dashboards' table, `infra/terraform/modules/views/panels.yaml`, and the dashboard of Grafana that is made from it.

Terraform makes CloudWatch's dashboard of the same table. The package is used by pages. It reads files and
returns values; it calls neither AWS nor Grafana.

    table       the table and the saved queries, as values
    defaults    the defaults of Terraform's variables: thresholds, project, Region, environments, services
    targets     a panel's series and queries in the form of Grafana's CloudWatch data source
    grafana     the dashboard
"""

from devkit.dashboards.grafana import dashboard_page
from devkit.dashboards.table import Panel, Query, Section, Series, read_queries, read_table

__all__ = [
    "Panel",
    "Query",
    "Section",
    "Series",
    "dashboard_page",
    "read_queries",
    "read_table",
]
