"""What is on the dashboards? One table, `infra/terraform/modules/views/panels.yaml`: Terraform makes CloudWatch's of it, this package Grafana's.

Layer: tools; above hcl and infra's tree and services, below pages. Pure: files in, values out; no AWS, no Grafana, no thread.

    table       the table and the saved queries, as values
    wanted      every metric with its dimensions, and every log field, that the table asks for: what a run is compared with
    of_aws      which metrics AWS's own services send
    fields      which fields does a query of Logs Insights name?
    defaults    what Terraform's variables are unless set: thresholds, project, Region, environments, services
    names       what stands in a pair of braces: a service's own names, or Grafana's variables
    targets     a panel's series and queries as Grafana's CloudWatch data source takes them
    variables   what a person may choose in Grafana
    traces      the list of traces, which only Grafana's dashboard has
    grafana     the dashboard
"""

from jobtools.panels.grafana import dashboard_page
from jobtools.panels.table import Panel, Query, Section, Series, read_queries, read_table
from jobtools.panels.wanted import WantedFields, WantedMetric, wanted_fields, wanted_metrics

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
