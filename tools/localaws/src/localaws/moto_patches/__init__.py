"""What moto lacks or answers wrongly for this project's Terraform and services, one module for each gap.

Each has `close()`, which changes moto's classes in this process, once. Seen with moto 5.2 and the AWS provider 5.100.
"""

from __future__ import annotations

from localaws.moto_patches import (
    batch_trace_headers,
    bucket_policies,
    compiled_segments,
    composite_alarms,
    delete_markers,
    key_rotation,
    query_definitions,
    queue_attributes,
    rule_descriptions,
    running_tasks,
    sampling_rules,
    scaling_policies,
    scaling_tags,
    service_deployments,
    service_fields,
    trace_summaries,
    xray_groups,
)

GAPS = (
    batch_trace_headers,
    bucket_policies,
    compiled_segments,
    composite_alarms,
    delete_markers,
    key_rotation,
    query_definitions,
    queue_attributes,
    rule_descriptions,
    running_tasks,
    sampling_rules,
    scaling_policies,
    scaling_tags,
    service_fields,
    service_deployments,  # behind service_fields: a deployment shows what the service was made with
    trace_summaries,
    xray_groups,
)


def close_all() -> None:
    """Closes every gap. For a process that is the local AWS and nothing else; not to be called twice."""
    for gap in GAPS:
        gap.close()
