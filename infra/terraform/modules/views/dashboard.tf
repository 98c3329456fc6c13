# The dashboard: panels.yaml with this stack's names put in. First which alarms ring, and where to go on; then the table's sections, one below another.

locals {
  sections = yamldecode(file("${path.module}/panels.yaml"))

  columns = 24 # of the grid ("Dashboard body structure and syntax")
  width   = { stack = 8, service = 8, logs = 12 }
  height  = 6

  # What stands in braces, for each service. The thresholds too: expressions name them.
  fillings = {
    for name in local.names : name => merge({ for threshold, value in var.services[name].thresholds : threshold => tostring(value) }, {
      queue        = var.services[name].queue_name
      dead_letters = var.services[name].dead_letter_name
      service      = name
      key          = replace(name, "-", "_") # ids of expressions have no hyphens
      ecs_service  = var.services[name].ecs_service_name
      cluster      = var.cluster_name
      namespace    = var.metrics_namespace
    })
  }

  # Bands, below each other: a heading and the names of the services that its panels are of. A section for each service has one for each of them.
  bands = flatten([
    for section in local.sections : section.each == "service" ? [
      for name in local.names : { section = section.section, title = "${section.section}: ${name}", services = [name] }
      ] : [
      { section = section.section, title = section.section, services = local.names }
    ]
  ])
  section_named = { for section in local.sections : section.section => section }

  # Text by text: panels of three kinds are values of three types, which one list does not hold.
  band_widgets = [
    for band in local.bands : [
      for panel in local.section_named[band.section].panels :
      can(panel.query) ? local.log_widgets[panel.title] : local.metric_widgets["${panel.title}/${join(",", band.services)}"]
      if !try(panel.job_logs, false) || anytrue([for name in band.services : var.services[name].job_logs])
    ]
  ]
  band_widths  = [for band in local.bands : local.width[local.section_named[band.section].each]]
  band_heights = [for number, widgets in local.band_widgets : 1 + local.height * ceil(length(widgets) / (local.columns / local.band_widths[number]))]
  band_starts  = [for number, band in local.bands : local.alarms_height + 1 + sum(concat([0], slice(local.band_heights, 0, number)))]

  alarms_height = 3
  alarm_widget = jsonencode({
    type       = "alarm"
    x          = 0
    y          = 0
    width      = local.columns
    height     = local.alarms_height
    properties = { title = "Alarms. Is it healthy?", alarms = flatten([for name in local.names : var.services[name].alarm_arns]) }
  })

  # The console's own addresses; another partition has another domain.
  console = "https://${var.aws_region}.${lookup(local.domains, data.aws_partition.current.partition, "console.aws.amazon.com")}/cloudwatch/home?region=${var.aws_region}#"
  domains = { aws-cn = "console.amazonaws.cn", aws-us-gov = "console.amazonaws-us-gov.com" }
  links_widget = jsonencode({
    type   = "text"
    x      = 0
    y      = local.alarms_height
    width  = local.columns
    height = 1
    properties = {
      background = "transparent"
      markdown = join(" | ", [
        "[Alarms](${local.console}alarmsV2:?search=${var.name})",
        "[Saved queries, in the folder ${var.name}](${local.console}logsV2:logs-insights)",
        "[Traces, in the group ${local.group_name}](${local.console}xray:traces/query)",
        "a job: `jobctl --project ${var.project_name} --environment ${var.environment} show ID`",
      ])
    }
  })

  placed = flatten([
    for number, band in local.bands : concat(
      [jsonencode({ type = "text", x = 0, y = local.band_starts[number], width = local.columns, height = 1, properties = { markdown = "## ${band.title}", background = "transparent" } })],
      [
        for place, widget in local.band_widgets[number] : jsonencode(merge(jsondecode(widget), {
          x = local.band_widths[number] * (place % (local.columns / local.band_widths[number]))
          y = local.band_starts[number] + 1 + local.height * floor(place / (local.columns / local.band_widths[number]))
        }))
      ],
    )
  ])
}

data "aws_partition" "current" {}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = "{\"widgets\":[${join(",", concat([local.alarm_widget, local.links_widget], local.placed))}]}"
}
