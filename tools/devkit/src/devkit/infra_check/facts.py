"""Facts that the documentation states of a stack, checked with boto3 on what its outputs name.

They complete the second plan, which sees only what the provider reads back: these are the promises that a user relies on, seen from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from devkit.infra_check.inventory import NotAsSaid
from jobctl.environment.target import Clients

Outputs = dict[str, Any]
FOURTEEN_DAYS = "1209600"
QUEUES = ("main_job_triggers", "background_jobs")
LOG_GROUPS = ("main_job", "background_job", "ecs", "metrics")
SERVICES = ("main_job", "background_job")


def check_facts(outputs: Outputs, clients: Clients, retention_days: int | None) -> int:
    """Check all facts and return their number; 0 without the stack's outputs. `retention_days`: None for any value.

    Raises:
        NotAsSaid: some facts are not so; the text lists all of those.
    """
    if "ecs_cluster_name" not in outputs:
        return 0
    facts = [
        *(fact for name in QUEUES for fact in _queue(name, outputs, clients)),
        *(fact for name in LOG_GROUPS for fact in _log_group(name, outputs, clients, retention_days)),
        *(fact for name in SERVICES for fact in _service(name, outputs, clients)),
        *_topic(outputs, clients),
        *_found(outputs, clients),
        *_looked_at(outputs, clients),
    ]
    wrong = [fact for fact, so in facts if not so]
    if wrong:
        raise NotAsSaid("Not so:\n  " + "\n  ".join(wrong))
    return len(facts)


def _queue(name: str, outputs: Outputs, clients: Clients) -> Iterator[tuple[str, bool]]:
    def read(url: str) -> dict[str, str]:
        attributes: dict[str, str] = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
            "Attributes"
        ]
        return attributes

    queue, dead = read(outputs[f"sqs_{name}_queue_url"]), read(outputs[f"sqs_{name}_dlq_url"])
    redrive, allow = json.loads(queue.get("RedrivePolicy", "{}")), json.loads(dead.get("RedriveAllowPolicy", "{}"))
    yield f"{name} redrives to its dead-letter queue", redrive.get("deadLetterTargetArn") == dead["QueueArn"]
    yield f"{name}'s dead-letter queue takes from it alone", allow.get("sourceQueueArns") == [queue["QueueArn"]]
    yield f"{name}'s dead letters are kept for 14 days", dead["MessageRetentionPeriod"] == FOURTEEN_DAYS
    for kind, attributes in (("queue", queue), ("dead-letter queue", dead)):
        yield f"{name}'s {kind} has the project's key", attributes.get("KmsMasterKeyId") == outputs["kms_key_arn"]
        yield f"{name}'s {kind} takes TLS only", _denies_plain_text(json.loads(attributes.get("Policy", "{}")))


def _denies_plain_text(policy: dict[str, Any]) -> bool:
    return any(
        one["Effect"] == "Deny"
        and one["Action"] == "sqs:*"
        and one.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for one in policy.get("Statement", [])
    )


def _log_group(name: str, outputs: Outputs, clients: Clients, retention_days: int | None) -> Iterator[tuple[str, bool]]:
    wanted = outputs[f"cloudwatch_log_group_{name}"]
    found = clients("logs").describe_log_groups(logGroupNamePrefix=wanted)["logGroups"]
    group: Any = next((one for one in found if one["logGroupName"] == wanted), {})
    yield f"log group {wanted} has the project's key", group.get("kmsKeyId") == outputs["kms_key_arn"]
    kept = group.get("retentionInDays")
    yield (
        f"log group {wanted} keeps {retention_days or 'some'} days",
        kept is not None and retention_days in (None, kept),
    )


def _service(name: str, outputs: Outputs, clients: Clients) -> Iterator[tuple[str, bool]]:
    ecs = clients("ecs")
    service_name = outputs[f"ecs_{name}_service_name"]
    (service,) = ecs.describe_services(cluster=outputs["ecs_cluster_name"], services=[service_name])["services"]
    breaker = service.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker")
    definition = outputs[f"ecs_{name}_task_definition_arn"]
    yield f"{name} runs the task definition that was registered last", service["taskDefinition"] == definition
    yield f"{name} has a strategy of capacity providers", bool(service.get("capacityProviderStrategy"))
    yield f"{name} rolls back a broken deployment", breaker == {"enable": True, "rollback": True}
    groups = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    open_to = [
        group["IpPermissions"] for group in clients("ec2").describe_security_groups(GroupIds=groups)["SecurityGroups"]
    ]
    yield f"{name} lets nothing in", open_to == [[]] * len(groups)
    for container in ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["containerDefinitions"]:
        who = f"{name}'s container {container['name']}"
        user = container.get("user", "root").partition(":")[0]
        yield f"{who} runs as a numeric user, not root", user.isdigit() and int(user) > 0
        yield f"{who} has a read-only root", container.get("readonlyRootFilesystem") is True
        yield f"{who} is an image by digest", "@sha256:" in container["image"]


def _topic(outputs: Outputs, clients: Clients) -> Iterator[tuple[str, bool]]:
    topic = outputs["sns_alerts_topic_arn"]
    attributes = clients("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    yield "the topic of alarms has the project's key", attributes.get("KmsMasterKeyId") == outputs["kms_key_arn"]
    prefix = outputs["cloudwatch_metrics_namespace"]
    found = clients("cloudwatch").describe_alarms(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = found["MetricAlarms"] + found["CompositeAlarms"]
    yield "there are alarms", bool(alarms)
    yield "somebody is told of alarms", any(topic in alarm["AlarmActions"] for alarm in alarms)
    for alarm in alarms:
        named = "docs/alarms.md#" in alarm.get("AlarmDescription", "")
        yield f"alarm {alarm['AlarmName']} leads to its heading in docs/alarms.md", named


def _found(outputs: Outputs, clients: Clients) -> Iterator[tuple[str, bool]]:
    def read(name: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(clients("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        return value

    said = read(outputs["ssm_stack_parameter_name"])
    yield "the stack's parameter names its cluster", said.get("cluster") == outputs["ecs_cluster_name"]
    yield "the stack's parameter names its key", said.get("kms_key_arn") == outputs["kms_key_arn"]
    for name, queue in zip(SERVICES, QUEUES, strict=True):
        service = said.get("services", {}).get(name.replace("_", "-"), {})
        names = [service.get(one) for one in ("ecs_service", "log_group", "queue_url", "dead_letter_url")]
        yield (
            f"the stack's parameter says where {name} is",
            names
            == [
                outputs[f"ecs_{name}_service_name"],
                outputs[f"cloudwatch_log_group_{name}"],
                outputs[f"sqs_{queue}_queue_url"],
                outputs[f"sqs_{queue}_dlq_url"],
            ],
        )
    yield "no service is paused", read(outputs["ssm_paused_parameter_name"]) == {}


def _looked_at(outputs: Outputs, clients: Clients) -> Iterator[tuple[str, bool]]:
    topic, prefix = outputs["sns_alerts_topic_arn"], outputs["cloudwatch_metrics_namespace"]
    body = clients("cloudwatch").get_dashboard(DashboardName=outputs["cloudwatch_dashboard_name"])["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    shown = {arn for widget in widgets for arn in widget["properties"].get("alarms", [])}
    alarms = clients("cloudwatch").describe_alarms(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    ringing = {alarm["AlarmArn"] for alarm in alarms if topic in alarm["AlarmActions"]}
    yield "the dashboard shows every alarm that tells somebody, and no other", bool(shown) and shown == ringing
