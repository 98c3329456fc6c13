"""Calls that no role may ever be allowed to make: not everything that is not allowed, but what would do harm and is one careless wildcard away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devkit.rights.installed import Installed, queue_urls
from devkit.rights.needs import Account, Context, Need, via

_TAKE = "ReceiveMessage DeleteMessage ChangeMessageVisibility"
_QUEUE_RULE = "PurgeQueue DeleteQueue SetQueueAttributes AddPermission StartMessageMoveTask"
_LOG_WRITES = "CreateLogStream PutLogEvents"
_LOG_RULE = "DeleteLogStream DeleteLogGroup PutRetentionPolicy"
_LOG_READS = "GetLogEvents FilterLogEvents"
_KEY_RULE = "ScheduleKeyDeletion PutKeyPolicy CreateGrant"
_KEY_USE = "Decrypt GenerateDataKey"
_TABLE_RULE = "DeleteItem Scan DeleteTable UpdateTable UpdateTimeToLive UpdateContinuousBackups"
_ITEMS = "GetItem Query PutItem UpdateItem"
_BUS_RULE = "DeleteEventBus PutPermission PutRule PutTargets RemoveTargets DeleteRule"
_POLICY_RULE = "CreatePolicyVersion DeletePolicyVersion SetDefaultPolicyVersion DeletePolicy"


@dataclass(frozen=True)
class Project:
    """The resources of one stack, by ARN. `key`: whether the queues are encrypted with it or not. Letters are dead letters'."""

    triggers: str
    trigger_letters: str
    jobs: str
    job_letters: str
    log_groups: Mapping[str, str]
    services: tuple[str, ...]
    job_table: str
    event_bus: str
    key: str
    stack_parameter: str
    paused_parameter: str

    @property
    def queues(self) -> tuple[str, ...]:
        """All of them."""
        return (self.triggers, self.trigger_letters, self.jobs, self.job_letters)


def read_project(outputs: Mapping[str, Any], account: Account) -> Project:
    """From what the stack's outputs name."""
    names = ("main_job", "background_job")
    triggers, trigger_letters, jobs, job_letters = map(account.queue, queue_urls(outputs))
    return Project(
        triggers,
        trigger_letters,
        jobs,
        job_letters,
        log_groups={
            name: account.log_group(outputs[f"cloudwatch_log_group_{name}"]) for name in (*names, "ecs", "metrics")
        },
        services=tuple(account.in_cluster("service", outputs[f"ecs_{name}_service_name"]) for name in names),
        job_table=account.arn("dynamodb", f"table/{outputs['cloudwatch_metrics_namespace']}-jobs"),
        event_bus=account.arn("events", f"event-bus/{outputs['cloudwatch_metrics_namespace']}"),
        key=outputs["kms_key_arn"],
        stack_parameter=account.arn("ssm", f"parameter{outputs['ssm_stack_parameter_name']}"),
        paused_parameter=account.arn("ssm", f"parameter{outputs['ssm_paused_parameter_name']}"),
    )


def forbidden_to_task(service: Installed, project: Project, account: Account) -> Iterator[Need]:
    """Every forbidden call of one service's task role."""
    is_main = service.name == "main-job"
    receives = project.triggers if is_main else project.jobs
    sends = {receives, project.trigger_letters, project.jobs} if is_main else {receives, project.job_letters}
    streams = ("job-streams/2026-01-01/x", "job-streams-overflow/2026-01-01/x")
    yield from _calls("sqs", _QUEUE_RULE, *project.queues)
    yield from _calls("sqs", _TAKE, *(queue for queue in project.queues if queue != receives))
    yield from _calls("sqs", "SendMessage", *(queue for queue in project.queues if queue not in sends))
    yield from _calls("sqs", "SendMessage", account.arn("sqs", "another"), f"{receives}-of-another")
    for name, group in project.log_groups.items():
        yield from _calls("logs", f"{_LOG_RULE} {_LOG_READS}", group, f"{group}:log-stream:any")
        # Not even in its own group may a task write as another container, or outside of the job streams.
        own = not is_main and name == "background_job"
        yield from _calls("logs", _LOG_WRITES, *_streams(group, "any", *(() if own else streams)))
    outside = account.log_group("/aws/lambda/another")
    yield from _calls("logs", _LOG_WRITES, *_streams(outside, streams[0]))
    yield from _calls("logs", "CreateLogGroup", outside)
    yield from _tables(project)
    yield from _buses(project, account)
    yield from _key_alone(project, account)
    yield from _calls("kms", _KEY_RULE, project.key, context=via("sqs", account.region))
    if not account.keys.keys() & {*project.queues}:  # SSE-SQS: no queue needs it, and it opens logs and alarms
        yield from _calls("kms", "Decrypt GenerateDataKey", project.key, context=via("sqs", account.region))
    if project.job_table not in account.keys:
        yield from _calls("kms", "Decrypt", project.key, context=via("dynamodb", account.region))
    # Not even its own secrets: ECS reads them, once.
    yield from _secrets({*service.secrets.values(), *_other_secrets(account)})
    other = f"{account.cluster_arn}-of-another"
    task = other.replace(":cluster/", ":task/") + "/x"
    yield from _calls("ecs", "UpdateTaskProtection", task, context=(("ecs:cluster", other),))
    yield from _calls("ecs", "StopTask ExecuteCommand", account.in_cluster("task", "x"))
    yield from _any_role(account)


def forbidden_at_start(project: Project, account: Account) -> Iterator[Need]:
    """Every forbidden call of one service's execution role."""
    yield from _secrets(_other_secrets(account))
    yield from _key_alone(project, account)
    yield from _calls("sqs", f"{_TAKE} {_QUEUE_RULE} SendMessage", *project.queues)
    for group in project.log_groups.values():
        yield from _calls("logs", f"{_LOG_WRITES} {_LOG_RULE} {_LOG_READS}", *_streams(group, "job-streams/x"))
    yield from _calls("dynamodb", _ITEMS, project.job_table)
    yield from _calls("ecr", "BatchGetImage PutImage", account.arn("ecr", "repository/another"))
    yield from _any_role(account)


def forbidden_to_operators(project: Project, account: Account) -> Iterator[Need]:
    """Calls forbidden to operators who repair, and so to those who only look."""
    in_cluster: Context = (("ecs:cluster", account.cluster_arn),)
    letters = (project.trigger_letters, project.job_letters)
    yield from _calls("sqs", _QUEUE_RULE, *project.queues)
    yield from _calls("sqs", _TAKE, project.triggers, project.jobs)  # what services receive is theirs
    yield from _calls("sqs", "SendMessage", *letters)
    yield from _calls("sqs", f"{_TAKE} SendMessage GetQueueAttributes", account.arn("sqs", "another"))
    for group in project.log_groups.values():
        yield from _calls("logs", f"{_LOG_WRITES} {_LOG_RULE}", group, f"{group}:log-stream:any")
    outside = f"{account.log_group('/aws/lambda/another')}:log-stream:"
    yield from _calls("logs", f"{_LOG_READS} StartQuery", outside)
    yield from _tables(project)
    yield from _calls("ecs", "CreateService DeleteService", *project.services)
    task = account.in_cluster("task", "any")
    yield from _calls("ecs", "RunTask ExecuteCommand UpdateTaskProtection", task, context=in_cluster)
    other = f"{account.cluster_arn}-of-another"
    in_other: Context = (("ecs:cluster", other),)
    yield from _calls("ecs", "UpdateService", other.replace(":cluster/", ":service/") + "/any")
    yield from _calls("ecs", "ListTasks", "*", context=in_other)
    yield from _calls("ecs", "StopTask", other.replace(":cluster/", ":task/") + "/any", context=in_other)
    yield from _calls("ecs", "RegisterTaskDefinition", "*")
    scaling, targets = "application-autoscaling", account.targets.values()
    yield from _calls(scaling, "DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy", *targets)
    yield from _calls(scaling, "RegisterScalableTarget", *(f"{target}-of-another" for target in targets))
    yield from _calls("ssm", "PutParameter DeleteParameter", project.stack_parameter)
    yield from _calls("ssm", "DeleteParameter", project.paused_parameter)
    yield from _calls("ssm", "GetParameter PutParameter", account.arn("ssm", "parameter/another"))
    yield from _secrets(_other_secrets(account))
    yield from _calls("kms", "Decrypt", project.key)
    yield from _calls("kms", "Decrypt", project.key, context=via("s3", account.region))
    yield from _calls("kms", _KEY_RULE, project.key, context=via("sqs", account.region))
    yield from _calls("ecr", "PutImage", account.arn("ecr", "repository/another"))
    yield from _any_role(account)


def forbidden_to_readers(project: Project, account: Account) -> Iterator[Need]:
    """Calls forbidden to operators who only look, beside those: all that change something."""
    yield from _calls("sqs", "SendMessage", project.triggers, project.jobs)
    yield from _calls("sqs", "DeleteMessage", project.trigger_letters, project.job_letters)
    yield from _calls("ecs", "UpdateService", *project.services)
    yield from _calls("ecs", "StopTask", account.in_cluster("task", "any"))
    yield from _calls("application-autoscaling", "RegisterScalableTarget", *account.targets.values())
    yield from _calls("ssm", "PutParameter", project.paused_parameter)
    yield from _calls("kms", "GenerateDataKey", project.key, context=via("sqs", account.region))


def forbidden_to_clients(project: Project, account: Account, policy: str) -> Iterator[Need]:
    """Calls forbidden to code that sends jobs and has this one policy: submit, read or logs."""
    sends = {project.triggers} if policy == "submit" else set()
    yield from _calls("sqs", f"{_TAKE} {_QUEUE_RULE}", *project.queues)
    yield from _calls("sqs", "SendMessage", *(queue for queue in project.queues if queue not in sends))
    yield from _calls("sqs", "SendMessage GetQueueAttributes", account.arn("sqs", "another"))
    yield from _tables(project)
    yield from _calls("dynamodb", "UpdateItem BatchWriteItem", project.job_table)
    if policy != "submit":
        yield from _calls("dynamodb", "PutItem", project.job_table)
        yield from _calls("kms", _KEY_USE, project.key, context=via("sqs", account.region))
    if policy == "logs":
        yield from _calls("dynamodb", "Query", project.job_table)
    if policy != "read":
        yield from _calls("dynamodb", "GetItem BatchGetItem", project.job_table)
        yield from _calls("dynamodb", "Query", f"{project.job_table}/index/listing")
    for name, group in project.log_groups.items():
        yield from _calls("logs", f"{_LOG_WRITES} {_LOG_RULE}", group, f"{group}:log-stream:job-streams/x")
        yield from _calls("logs", "GetLogEvents", f"{group}:log-stream:any")
        if policy != "logs" or name != "background_job":
            yield from _calls("logs", _LOG_READS, f"{group}:log-stream:job-streams/x", f"{group}:log-stream:")
    yield from _key_alone(project, account)
    yield from _calls("kms", _KEY_RULE, project.key, context=via("sqs", account.region))
    yield from _calls("ssm", "PutParameter DeleteParameter", project.stack_parameter)
    yield from _calls(
        "ssm", "GetParameter PutParameter", project.paused_parameter, account.arn("ssm", "parameter/another")
    )
    yield from _any_role(account)


def forbidden_to_apply(project: str, boundary: str) -> Iterator[Need]:
    """Calls forbidden to GitHub's apply role. `boundary`: the policy that every role of the project must have."""
    account = boundary.split(":")[4]
    role, context = f"arn:aws:iam::{account}:role/{project}-dev-main-job-task", "iam:PermissionsBoundary"
    for other in (
        (),
        ((context, f"{boundary}-of-another"),),
        ((context, "arn:aws:iam::aws:policy/AdministratorAccess"),),
    ):
        yield from _calls("iam", "CreateRole PutRolePolicy PutRolePermissionsBoundary", role, context=other)
    within: Context = ((context, boundary),)
    yield from _calls("iam", "DeleteRolePermissionsBoundary AttachRolePolicy", role, context=within)
    yield from _calls("iam", _POLICY_RULE, boundary)
    github = f"arn:aws:iam::{account}:role/{project}-github-apply"
    strange = f"arn:aws:iam::{account}:role/any"
    changes = "CreateRole PutRolePolicy UpdateAssumeRolePolicy DeleteRole"
    yield from _calls("iam", changes, github, strange, context=within)
    for to in ("lambda", "ec2"):
        yield from _calls("iam", "PassRole", role, context=(("iam:PassedToService", f"{to}.amazonaws.com"),))
    yield from _calls("iam", "PassRole", github, strange, context=(("iam:PassedToService", "ecs-tasks.amazonaws.com"),))
    yield from _calls(
        "iam", "CreateUser CreateAccessKey AttachUserPolicy AddUserToGroup", f"arn:aws:iam::{account}:user/any"
    )
    yield from _calls("sts", "AssumeRole", role, strange)
    # Another project's key, and the bootstrap's, which is of no environment; even where the request has our tag.
    tags = "aws:ResourceTag/Project", "aws:ResourceTag/Environment"
    ours: Context = (("aws:RequestTag/Project", project),)
    for own in (((tags[0], "another"), (tags[1], "dev")), ((tags[0], project),)):
        key = f"arn:aws:kms:us-east-1:{account}:key/another"
        yield from _calls("kms", f"{_KEY_RULE} {_KEY_USE} TagResource", key, context=(*own, *ours))
    yield from _calls("kms", "CreateAlias UpdateAlias DeleteAlias", f"arn:aws:kms:us-east-1:{account}:alias/another")
    yield from _calls(
        "s3", "PutObject DeleteObject", f"arn:aws:s3:::{project}-{account}-us-east-1-state/bootstrap.tfstate"
    )
    yield from _calls("ecr", "PutImage", f"arn:aws:ecr:us-east-1:{account}:repository/{project}/main-job")
    table = f"arn:aws:dynamodb:us-east-1:{account}:table/"
    yield from _calls("dynamodb", "PutItem UpdateItem DeleteItem", f"{table}{project}-dev-jobs")  # its reads are denied
    yield from _calls("dynamodb", "DeleteTable UpdateTable", f"{table}another")


def forbidden_within(project: str, boundary: str) -> Iterator[Need]:
    """Calls forbidden to whatever role has this boundary."""
    account = boundary.split(":")[4]
    roles = (f"arn:aws:iam::{account}:role/any", f"arn:aws:iam::{account}:role/{project}-dev-main-job-task")
    yield from _calls("iam", "PassRole CreateRole PutRolePolicy AttachRolePolicy UpdateAssumeRolePolicy", *roles)
    yield from _calls("iam", _POLICY_RULE, boundary)
    yield from _calls("sts", "AssumeRole", *roles)
    yield from _calls("organizations", "LeaveOrganization", "*")
    yield from _calls("ecs", "RunTask RegisterTaskDefinition UpdateService ExecuteCommand", "*")
    queue = f"arn:aws:sqs:us-east-1:{account}:"
    yield from _calls("sqs", f"{_TAKE} SendMessage", f"{queue}another")
    yield from _calls("sqs", _QUEUE_RULE, f"{queue}{project}-dev-jobs")
    group = f"arn:aws:logs:us-east-1:{account}:log-group:"
    yield from _calls("logs", f"{_LOG_WRITES} {_LOG_READS}", f"{group}/aws/lambda/another:log-stream:any")
    yield from _calls("logs", _LOG_RULE, f"{group}/ecs/{project}-dev/main-job:log-stream:any")
    table = f"arn:aws:dynamodb:us-east-1:{account}:table/"
    yield from _calls("dynamodb", _TABLE_RULE, f"{table}{project}-dev-jobs")
    yield from _calls("dynamodb", _ITEMS, f"{table}another")
    bus = f"arn:aws:events:us-east-1:{account}:event-bus/"
    yield from _calls("events", _BUS_RULE, f"{bus}{project}-dev")
    yield from _calls("events", "PutEvents", f"{bus}default", f"{bus}another")
    key = f"arn:aws:kms:us-east-1:{account}:key/any"
    for context in ((), via("s3", "us-east-1")):
        yield from _calls("kms", f"{_KEY_RULE} {_KEY_USE}", key, context=context)
    yield from _secrets({f"arn:aws:ssm:us-east-1:{account}:parameter/another"})
    yield from _secrets({f"arn:aws:secretsmanager:us-east-1:{account}:secret:another-a1B2c3"})
    yield from _calls("s3", "GetObject", f"arn:aws:s3:::{project}-{account}-us-east-1-state/dev/stack.tfstate")


def _calls(service: str, actions: str, *arns: str, context: Context = ()) -> Iterator[Need]:
    yield from (Need(f"{service}:{action}", arn, context) for action in actions.split() for arn in arns)


def _streams(group: str, *names: str) -> Iterator[str]:
    yield from (f"{group}:log-stream:{name}" for name in names)


def _tables(project: Project) -> Iterator[Need]:
    """The table of job records but for its items, and another stack's."""
    yield from _calls("dynamodb", _TABLE_RULE, project.job_table)
    yield from _calls("dynamodb", _ITEMS, f"{project.job_table}-of-another")


def _buses(project: Project, account: Account) -> Iterator[Need]:
    """The rules of the stack's bus, what is no end of a job, and other buses."""
    ours = (("events:detail-type", "Job Completed"), ("events:source", "jobqueue"))
    yield from _calls("events", _BUS_RULE, project.event_bus, f"{project.event_bus}-of-another")
    for other in (f"{project.event_bus}-of-another", account.arn("events", "event-bus/default")):
        yield from _calls("events", "PutEvents", other, context=ours)
    for context in ((ours[0], ("events:source", "another")), (("events:detail-type", "Another"), ours[1])):
        yield from _calls("events", "PutEvents", project.event_bus, context=context)


def _key_alone(project: Project, account: Account) -> Iterator[Need]:
    """The project's key but through SQS, and another key."""
    yield from _calls("kms", "Decrypt", project.key)
    yield from _calls("kms", "Decrypt", project.key, context=via("s3", account.region))
    another = project.key.rpartition("/")[0] + "/another"
    for service in ("sqs", "ssm", "secretsmanager"):
        yield from _calls("kms", "Decrypt", another, context=via(service, account.region))


def _secrets(arns: Collection[str]) -> Iterator[Need]:
    for arn in sorted(arns):
        service = arn.split(":")[2]
        yield from _calls(service, "GetParameter GetParameters" if service == "ssm" else "GetSecretValue", arn)


def _other_secrets(account: Account) -> set[str]:
    return {account.arn("ssm", "parameter/another"), account.arn("secretsmanager", "secret:another-a1B2c3")}


def _any_role(account: Account) -> Iterator[Need]:
    role = f"arn:aws:iam::{account.number}:role/any"
    yield from (Need("iam:PassRole", role), Need("sts:AssumeRole", role))
