"""The metrics that AWS's own services send, with their dimensions and the page that documents each.

A local AWS sends none of them, so no run shows whether a panel or an alarm has their names right; this table does.
"""

from __future__ import annotations

QUEUE, SERVICE = frozenset({"QueueName"}), frozenset({"ClusterName", "ServiceName"})
OF_AWS = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesDelayed"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): QUEUE,
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesDeleted"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesReceived"): QUEUE,
    ("AWS/SQS", "NumberOfMessagesSent"): QUEUE,
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    ("AWS/ECS", "CPUUtilization"): SERVICE,
    ("AWS/ECS", "MemoryUtilization"): SERVICE,
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    ("ECS/ContainerInsights", "DeploymentCount"): SERVICE,
    ("ECS/ContainerInsights", "DesiredTaskCount"): SERVICE,
    ("ECS/ContainerInsights", "PendingTaskCount"): SERVICE,
    ("ECS/ContainerInsights", "RunningTaskCount"): SERVICE,
}
