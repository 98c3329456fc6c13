"""Two services that are only queues, log groups and what a test plays of them."""

from __future__ import annotations

import json
import time
from typing import Any

from jobdeploy.target import DeployTarget
from jobqueue.messages.job_id import job_log_stream

from ...localaws.tests.scripted import ScriptedCluster


class Played:
    """The stack's outputs, and the services' part in the way of a trigger. `delivery`: the message that was taken last."""

    def __init__(self, target: DeployTarget, cluster: ScriptedCluster) -> None:
        self._sqs, self._logs = target.clients("sqs"), target.clients("logs")
        self._cluster = cluster
        self.delivery: dict[str, Any] = {}
        self.main_group, self.job_group = f"/ecs/{target.name}/main-job", f"/ecs/{target.name}/background-job"
        for group in (self.main_group, self.job_group):
            self._logs.create_log_group(logGroupName=group)
        self._logs.create_log_stream(logGroupName=self.main_group, logStreamName="main-job/main-job/1")
        urls = {
            name: self._sqs.create_queue(QueueName=f"{target.name}-{name}")["QueueUrl"]
            for name in ("triggers", "triggers-dlq", "jobs", "jobs-dlq")
        }
        self.urls = urls
        self.outputs = {
            "ecs_cluster_name": cluster.cluster,
            "sqs_main_job_triggers_queue_url": urls["triggers"],
            "cloudwatch_log_group_main_job": self.main_group,
            "cloudwatch_dashboard_name": "jobs-dev",
            "ssm_paused_parameter_name": f"/{target.project}/dev/paused",
            "cloudwatch_log_group_background_job": self.job_group,
            "services": {
                "background-job": self._service("jobs"),
                "main-job": self._service("triggers"),
            },
        }

    @property
    def job_id(self) -> str:
        """Of the trigger that was result."""
        return str(self.delivery["MessageAttributes"]["jobId"]["StringValue"])

    def take(self) -> None:
        """The main job receives."""
        answer = self._sqs.receive_message(
            QueueUrl=self.urls["triggers"], MessageAttributeNames=["All"], MaxNumberOfMessages=1
        )
        (self.delivery,) = answer["Messages"]

    def main_job(self, message: str = "job done", task: str = "1", **fields: object) -> None:
        """A line of the main job's output about it."""
        said = {"seconds": 0.01, "outcome": "reject" if "reason" in fields else "done", **fields}
        stream = f"main-job/main-job/{task}"
        if task != "1":
            self._logs.create_log_stream(logGroupName=self.main_group, logStreamName=stream)
        self._write(self.main_group, stream, message, said)

    def background_job(self) -> None:
        """The job's own log, from start to end."""
        stream = job_log_stream(self.job_id)
        self._logs.create_log_stream(logGroupName=self.job_group, logStreamName=stream)
        self._write(self.job_group, stream, "started, attempt 1", {"event": "job.started", "queueWaitSeconds": 0.02})
        self._write(self.job_group, stream, "completed", {"event": "job.completed", "seconds": 0.0})

    def _write(self, group: str, stream: str, message: str, fields: dict[str, object]) -> None:
        line = json.dumps({"level": "INFO", "message": message, "jobId": self.job_id, **fields})
        event = {"timestamp": time.time_ns() // 1_000_000, "message": line}
        self._logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    def _service(self, queue: str) -> dict[str, str]:
        return {
            "ecs_service_name": self._cluster.service,
            "ecs_task_definition_arn": self._cluster.definitions[-1],
            "sqs_queue_url": self.urls[queue],
            "sqs_dlq_url": self.urls[f"{queue}-dlq"],
        }
