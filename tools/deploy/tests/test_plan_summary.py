"""What a person reads of a plan, of what goes, and of an error."""

from __future__ import annotations

from typing import Any

from jobctl.environment.target import Target
from jobdeploy.destroy import described as what_goes
from jobdeploy.drift import described as what_differs
from jobdeploy.plan import Change
from jobdeploy.plan_summary import MAX_LINES, summary


def change(address: str, *actions: str, attributes: tuple[str, ...] = ()) -> Change:
    return Change(address, "aws_thing", actions, attributes)


def test_what_is_lost_comes_first_and_each_change_has_its_address() -> None:
    lines = summary(
        [
            change("aws_thing.new", "create"),
            change("aws_thing.other", "update", attributes=("size",)),
            change('module.m["a"].aws_thing.again', "delete", "create", attributes=("name",)),
            change("aws_thing.gone", "delete"),
        ]
    )
    assert lines == [
        "  - aws_thing.gone",
        '  -/+ module.m["a"].aws_thing.again (name)',
        "  ~ aws_thing.other (size)",
        "  + aws_thing.new",
        "1 to change, 1 to delete, 1 to make, 1 to replace.",
    ]


def test_many_new_resources_are_counted_by_module() -> None:
    made = [change(f'module.queue["a"].aws_thing.{number}', "create") for number in range(MAX_LINES)]
    lines = summary([*made, change("aws_thing.x", "create")])
    assert lines == [f'  + module.queue["a"]: {MAX_LINES}', "  + the root: 1", f"{MAX_LINES + 1} to make."]


def test_drift_says_what_was_changed_by_hand() -> None:
    planned = [change("aws_thing.a", "update", attributes=("size",)), change("aws_thing.b", "create")]
    by_hand = [
        change("aws_thing.a", "update", attributes=("size",)),
        change("aws_thing.b", "delete"),
        change("aws_thing.counted_by_the_autoscaler", "update", attributes=("desired_count",)),
    ]
    assert what_differs(planned, by_hand) == [
        "A deployment would do this:",
        "  ~ aws_thing.a (size)",
        "  + aws_thing.b",
        "1 to change, 1 to make.",
        "Of these were changed beside Terraform:",
        "  aws_thing.a: size",
        "  aws_thing.b is gone",
    ]


def test_what_goes_is_counted_with_the_messages_that_wait_and_the_logs_that_are_kept(target: Target) -> None:
    sqs, logs = target.clients("sqs"), target.clients("logs")
    url = sqs.create_queue(QueueName=f"{target.name}-jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    logs.create_log_group(logGroupName=f"/ecs/{target.name}")
    resources: list[dict[str, Any]] = [
        {"type": "aws_sqs_queue", "values": {"url": url}},
        {"type": "aws_sqs_queue", "values": {"url": f"{url}-gone"}},
        {"type": "aws_cloudwatch_log_group", "values": {"name": f"/ecs/{target.name}"}},
    ]
    assert what_goes(resources, target) == [
        f"3 resources of {target.name} in account 123456789012, us-east-1, for good:",
        "     1 aws_cloudwatch_log_group",
        "     2 aws_sqs_queue",
        "Queues, with their messages:",
        f"  {target.name}-jobs: 1 waiting, 0 in work",
        f"  {target.name}-jobs-gone: gone already",
        "Log groups, with their events:",
        f"  /ecs/{target.name}: 0 bytes",
    ]
