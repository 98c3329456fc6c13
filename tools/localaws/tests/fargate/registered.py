"""A definition as ECS describes it, with everything in it that Terraform registers, and a command."""

from __future__ import annotations

from typing import Any

APP_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/main-job@sha256:aa"
COLLECTOR_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/collector@sha256:bb"
SECRET = "arn:aws:ssm:us-east-1:111122223333:parameter/token"
ARN = "arn:aws:ecs:us-east-1:111122223333:task-definition/jobs-main-job:7"

Said = dict[str, Any]


def registered(**changed: Any) -> Said:
    """The answer's `taskDefinition`; `changed` are fields of it."""
    return {
        "taskDefinitionArn": ARN,
        "family": "jobs-main-job",
        "revision": 7,
        "status": "ACTIVE",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "compatibilities": ["EC2", "FARGATE"],
        "cpu": "256",
        "memory": "512",
        "taskRoleArn": "arn:aws:iam::111122223333:role/task",
        "executionRoleArn": "arn:aws:iam::111122223333:role/execution",
        "volumes": [],
        "placementConstraints": [],
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "containerDefinitions": [app(), collector()],
        **changed,
    }


def app(**changed: Any) -> Said:
    """The worker's container."""
    return {
        **_hardened(),
        "name": "main-job",
        "image": APP_IMAGE,
        "essential": True,
        "cpu": 192,
        "memory": 384,
        "user": "10001:10001",
        "stopTimeout": 90,
        "entryPoint": ["python"],
        "command": ["-m", "main_job"],
        "environment": [{"name": "GREETING", "value": "a $dollar and ${braces}"}],
        "secrets": [{"name": "TOKEN", "valueFrom": SECRET}],
        "dependsOn": [{"containerName": "collector", "condition": "START"}],
        "healthCheck": {
            "command": ["CMD-SHELL", "test $(cat /tmp/alive)"],
            "interval": 30,
            "timeout": 10,
            "retries": 4,
            "startPeriod": 60,
        },
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/jobs/main-job"}},
        **changed,
    }


def collector(**changed: Any) -> Said:
    """The container beside it."""
    return {
        **_hardened(),
        "name": "collector",
        "image": COLLECTOR_IMAGE,
        "essential": False,
        "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
        "cpu": 0,
        "user": "4317:4317",
        "environment": [{"name": "AOT_CONFIG_CONTENT", "value": "region: ${env:AWS_REGION}"}],
        **changed,
    }


def _hardened() -> Said:
    return {
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"add": [], "drop": ["ALL"]},
            "tmpfs": [{"containerPath": "/tmp", "size": 16, "mountOptions": ["rw", "noexec", "mode=1777"]}],
        },
        "mountPoints": [],
        "portMappings": [],
        "systemControls": [],
        "volumesFrom": [],
    }
