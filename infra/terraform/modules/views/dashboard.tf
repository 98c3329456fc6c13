# The dashboard: panels.yaml with this stack's names put in. First row: which alarms ring; then each service's panels; last what the logs say.

locals {
  panels = yamldecode(file("${path.module}/panels.yaml"))

  width  = 8 # three in a row: the grid has 24 columns ("Dashboard body structure and syntax")
  height = 6

  # The panels of each service with its names in place of the braces, as text and back.
  service_panels = {
    for name in local.names : name => [
      for panel in local.panels.services : jsondecode(
        replace(replace(replace(replace(replace(replace(jsonencode(panel),
          "{queue}", var.services[name].queue_name),
          "{dead_letters}", var.services[name].dead_letter_name),
          "{service}", name),
          "{ecs_service}", var.services[name].ecs_service_name),
          "{cluster}", var.cluster_name),
        "{namespace}", var.metrics_namespace)
      ) if !try(panel.job_logs, false) || var.services[name].job_logs
    ]
  }

  # ["namespace", "metric", "dimension", "value", ..., { options }]; a search is one expression that finds its series by itself.
  metrics = {
    for name in local.names : name => [
      for panel in local.service_panels[name] : can(panel.search) ? jsonencode([[{
        expression = join("", [
          "SEARCH('{\"${panel.search.namespace}\",\"${panel.search.by}\",${join(",", [for dimension in keys(panel.search.dimensions) : "\"${dimension}\""])}} ",
          "MetricName=\"${panel.search.metric}\" ",
          join(" ", [for dimension, value in panel.search.dimensions : "\"${dimension}\"=\"${value}\""]),
          "', '${panel.search.stat}', 60)",
        ])
        label = "$${PROP('Dim.${panel.search.by}')}"
        }]]) : jsonencode([
        for one in panel.series : concat(
          [one.namespace, one.metric],
          flatten([for dimension, value in one.dimensions : [dimension, value]]),
          [{ stat = one.stat, label = one.label }],
        )
      ])
    ]
  }

  service_widgets = {
    for name in local.names : name => [
      for number, panel in local.service_panels[name] : {
        type   = "metric"
        width  = local.width
        height = local.height
        properties = merge(
          {
            title   = "${name}: ${panel.title}. ${panel.asks}"
            region  = var.aws_region
            view    = "timeSeries"
            stacked = false
            period  = 60
            metrics = jsondecode(local.metrics[name][number])
            yAxis   = { left = { min = 0, label = panel.unit, showUnits = false } }
          },
          { for threshold in try([panel.threshold], []) : "annotations" => { horizontal = [{ label = "alarm", value = var.services[name].thresholds[threshold] }] } },
        )
      }
    ]
  }

  log_widgets = [
    for panel in local.panels.stack : {
      type   = "log"
      width  = 12
      height = local.height
      properties = {
        title  = "${panel.title}. ${panel.asks}"
        region = var.aws_region
        view   = "table"
        query = join(" | ", concat(
          [for group in local.query_groups[local.queries[panel.query].groups] : "SOURCE '${group}'"],
          [trimspace(replace(local.queries[panel.query].query, "/(?m)^#.*\n/", ""))],
        ))
      }
    }
  ]

  alarm_widget = {
    type       = "alarm"
    width      = 24
    height     = 3
    properties = { title = "Alarms. Is it healthy?", alarms = flatten([for name in local.names : var.services[name].alarm_arns]) }
  }

  # Rows of three from y = 3 on, each service from a new row; log panels below.
  rows   = { for name in local.names : name => ceil(length(local.service_widgets[name]) / 3) }
  starts = { for place, name in local.names : name => 3 + local.height * sum(concat([0], [for before in slice(local.names, 0, place) : local.rows[before]])) }
  placed = flatten([
    for name in local.names : [
      for number, widget in local.service_widgets[name] : merge(widget, {
        x = local.width * (number % 3)
        y = local.starts[name] + local.height * floor(number / 3)
      })
    ]
  ])
  bottom      = 3 + local.height * sum(values(local.rows))
  placed_logs = [for number, widget in local.log_widgets : merge(widget, { x = 12 * (number % 2), y = local.bottom + local.height * floor(number / 2) })]

  # Text by text: widgets of three kinds are values of three types, which one list does not hold.
  widgets = concat(
    [jsonencode(merge(local.alarm_widget, { x = 0, y = 0 }))],
    [for widget in local.placed : jsonencode(widget)],
    [for widget in local.placed_logs : jsonencode(widget)],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = "{\"widgets\":[${join(",", local.widgets)}]}"
}
