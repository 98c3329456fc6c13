"""What moto lacks or answers wrongly for this project's Terraform and services, one module for each AWS service.

Each has `patch()`, which changes moto's classes in this process, once. Seen with moto 5.2 and the AWS provider 5.100. Every test of a patch runs
against plain moto too, where it must fail: when moto has caught up, that test reports it, and the patch can go.
"""

from __future__ import annotations

import os


def apply_all() -> None:
    """Applies every patch. For a process that is the local AWS and nothing else; not to be called twice."""
    # Roles attach AWS's own policies (the task execution role's, for one); moto has them only when asked before it is imported.
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    from localaws.moto_patches import (  # only here: they import many of moto's services
        cloudwatch,
        dynamodb,
        ec2,
        ecs_deployments,
        ecs_services,
        ecs_tasks,
        limits,
        logs,
        s3,
        scaling,
        sqs,
        xray,
        xray_traces,
    )

    ecs_services.patch()
    ecs_deployments.patch()  # behind ecs_services: a deployment shows what the service was made with
    for module in (cloudwatch, dynamodb, ec2, ecs_tasks, limits, logs, s3, scaling, sqs, xray, xray_traces):
        module.patch()
