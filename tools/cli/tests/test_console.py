"""Links into the AWS console, and what stands for them on this machine."""

from __future__ import annotations

import pytest

from jobctl.environment import console
from jobctl.environment.target import Target

AWS = Target("jobs", "dev", "eu-west-1", "111122223333")
LOCAL = Target("jobs", "dev", "us-east-1", "111122223333", endpoint_url="http://127.0.0.1:1")
TRACE = "5f84c7a1" + "e7d1852db8c4fd35d88bf49a"


def test_signs_in_names_are_encoded_as_the_links_of_lambda_s_console_are() -> None:
    link = console.log_stream(AWS, "/aws/lambda/orders", "2026/01/01/[$LATEST]0af3")
    assert link.endswith(
        "log-group/$252Faws$252Flambda$252Forders/log-events/2026$252F01$252F01$252F$255B$2524LATEST$255D0af3"
    )


def test_an_alarm_is_found_by_its_name() -> None:
    assert console.alarm(AWS, "jobs-dev-dead letters") == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#alarmsV2:alarm/jobs-dev-dead%20letters"
    )
    assert console.alarm(LOCAL, "jobs-dev-queue-age") == "CloudWatch alarm jobs-dev-queue-age"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_a_console_of_its_own(region: str, host: str) -> None:
    one = Target("jobs", "dev", region, "111122223333")
    home = f"https://{host}/cloudwatch/home?region={region}#"
    assert console.log_stream(one, "g", "s") == f"{home}logsV2:log-groups/log-group/g/log-events/s"
    assert console.trace(one, TRACE) == f"{home}xray:traces/1-5f84c7a1-e7d1852db8c4fd35d88bf49a"
    assert console.dashboard(one, "jobs-dev") == f"{home}dashboards/dashboard/jobs-dev"
    assert console.alarm(one, "a") == f"{home}alarmsV2:alarm/a"
    assert console.service_page(one, "c", "s") == (
        f"https://{host}/ecs/v2/clusters/c/services/s/health?region={region}"
    )
    assert console.queue_page(one, "q") == f"https://{host}/sqs/v3/home?region={region}#/queues/q"


def test_on_this_machine_names_stand_for_links() -> None:
    assert console.log_stream(LOCAL, "/ecs/jobs", "s") == "log group /ecs/jobs, stream s"
    assert console.service_page(LOCAL, "c", "worker") == "ECS service worker"
    assert console.queue_page(LOCAL, "http://127.0.0.1:1/1/triggers") == "SQS queue triggers"
