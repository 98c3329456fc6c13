"""What AWS's own services send and a local AWS does not: tables, each with the page that documents it."""

from __future__ import annotations

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
OF_LOGS = {"@timestamp", "@message", "@logStream", "@log", "@ingestionTime"}
TASK_EVENT = {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    "detail.clusterArn", "detail.group", "detail.lastStatus", "detail.stopCode", "detail.stoppedReason",
    "detail.containers.0.name", "detail.containers.0.exitCode", "detail.containers.1.exitCode",
}  # fmt: skip
DEPLOYMENT_EVENT = {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
    "resources.0", "detail.eventName", "detail.reason", "detail.deploymentId",
}  # fmt: skip
COLLECTOR_ERROR = {"error"}
"""A line of the collector about what it could not export: https://opentelemetry.io/docs/collector/troubleshooting/"""
INSIGHTS_EVENT = {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
    "Type", "ServiceName", "ContainerName", "MemoryUtilized", "MemoryReserved", "CpuUtilized", "CpuReserved",
}  # fmt: skip
