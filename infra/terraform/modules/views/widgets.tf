# One panel of panels.yaml as one widget, without its place: dashboard.tf gives it one.

locals {
  # Each panel of metrics, for one service or for all of them together, by its title and theirs.
  metric_panels = merge([
    for section in local.sections : merge([
      for services in section.each == "service" ? [for name in local.names : [name]] : [local.names] : {
        for panel in section.panels : "${panel.title}/${join(",", services)}" => {
          panel    = jsonencode(panel)
          services = services
          prefix   = section.each == "service" ? "${services[0]}: " : "" # a panel that is looked at alone has no heading
        } if !can(panel.query)
      }
    ]...)
  ]...)

  # A panel's series with the names in place of the braces, once for each service: as text, one replacement after another, and back.
  series = {
    for title, one in local.metric_panels : title => flatten([
      for name in one.services : [
        for series in try(jsondecode(one.panel).series, [merge(jsondecode(one.panel).search, { label = "" })]) : join("", [
          for part in regexall("\\{[a-z_]+\\}|[^{}]+|[{}]", jsonencode(series)) :
          can(regex("^\\{[a-z_]+\\}$", part)) ? local.fillings[name][trim(part, "{}")] : part
        ])
      ]
    ])
  }

  # ["namespace", "metric", "dimension", "value", ..., { options }]; a search or an expression is one object that finds its series by itself.
  metrics = {
    for title, texts in local.series : title => [
      for series in [for text in texts : jsondecode(text)] : can(series.expression) ? jsonencode([{ expression = series.expression, label = series.label }]) : (
        can(series.by) ? jsonencode([{
          expression = join("", [
            "SEARCH('{\"${series.namespace}\",\"${series.by}\",${join(",", [for dimension in keys(series.dimensions) : "\"${dimension}\""])}} ",
            "MetricName=\"${series.metric}\" ",
            join(" ", [for dimension, value in series.dimensions : "\"${dimension}\"=\"${value}\""]),
            "', '${series.stat}', ${try(jsondecode(local.metric_panels[title].panel).period, 60)})",
          ])
          label = "$${PROP('Dim.${series.by}')}"
          }]) : jsonencode(concat(
          [series.namespace, series.metric],
          flatten([for dimension, value in series.dimensions : [dimension, value]]),
          can(series.id) ? [jsonencode({ stat = series.stat, id = series.id, visible = false })] : [jsonencode({ stat = series.stat, label = series.label })],
        ))
      )
    ]
  }

  # A line for each of the alarms' thresholds; services that differ have a line each.
  lines = {
    for title, one in local.metric_panels : title => flatten([
      for threshold in try(jsondecode(one.panel).thresholds, []) : [
        for value, services in { for name in one.services : tostring(var.services[name].thresholds[threshold]) => name... } : {
          label = length(services) == length(one.services) ? threshold : "${threshold} of ${join(", ", services)}"
          value = tonumber(value)
        }
      ]
    ])
  }

  metric_widgets = {
    for title, one in local.metric_panels : title => jsonencode({
      type   = "metric"
      width  = local.width.service
      height = local.height
      properties = merge(
        {
          title   = "${one.prefix}${jsondecode(one.panel).title}. ${jsondecode(one.panel).asks}"
          region  = var.aws_region
          view    = "timeSeries"
          stacked = false
          period  = try(jsondecode(one.panel).period, 60)
          metrics = [for text in local.metrics[title] : [for part in jsondecode(text) : try(jsondecode(part), part)]]
          yAxis   = { left = { min = 0, label = jsondecode(one.panel).unit, showUnits = false } }
        },
        { for annotations in slice([{ horizontal = local.lines[title] }], 0, length(local.lines[title]) == 0 ? 0 : 1) : "annotations" => annotations },
      )
    })
  }

  log_widgets = {
    for panel in flatten([for section in local.sections : [for panel in section.panels : { title = panel.title, asks = panel.asks, query = panel.query } if can(panel.query)]]) :
    panel.title => jsonencode({
      type   = "log"
      width  = local.width.logs
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
    })
  }
}
