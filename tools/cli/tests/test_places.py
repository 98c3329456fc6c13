"""Links into the AWS console, of the stack's own Region and partition."""

from __future__ import annotations

import json

import pytest

from jobctl import places
from jobctl.session import Session, Wishes
from jobctl.stack import read_stack

JOB = "01M85DNG76CJA6HHV4GJ30AD12"
LOG = "job-streams$252F2026-11-24$252F" + JOB
TASK = "424d586c893a78ad1547ef1c1b55c99a"


def session_in(region: str) -> Session:
    """Returns a session with a stack in `region`, without any AWS call."""
    queues = f"https://sqs.{region}.amazonaws.com/111122223333/shop-dev-"
    services = {
        name: {
            "ecs_service": f"shop-dev-{name}",
            "log_group": f"/ecs/shop-dev/{name}",
            "log_stream_prefix": f"{name}/{name}/",
            "job_logs": name == "background-job",
            "receives": queue,
            "sends": [],
            "queue_url": queues + queue,
            "dead_letter_url": f"{queues}{queue}-dlq",
        }
        for name, queue in (("main-job", "triggers"), ("background-job", "jobs"))
    }
    parameter = {
        "format": 1,
        "region": region,
        "account": "111122223333",
        "cluster": "shop-dev",
        "services": services,
        "log_groups": {},
        "metrics_namespace": "shop-dev",
        "kms_key_arn": "",
        "alarm_prefix": "shop-dev-",
        "dashboard": "shop-dev",
        "xray_group": "shop-dev",
        "paused_parameter": "/shop/dev/paused",
    }
    session = Session(Wishes("shop", "dev"), {})
    session.stack = read_stack("shop", "dev", json.dumps(parameter))
    return session


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_each_place_is_a_link_that_the_console_reads(region: str, host: str) -> None:
    session = session_in(region)
    home = f"https://{host}/cloudwatch/home?region={region}#"
    group = f"{home}logsV2:log-groups/log-group/$252Fecs$252Fshop-dev$252Fbackground-job/log-events/"
    assert places.job_log(session, JOB, ["main-job", "background-job"]) == {"job log": group + LOG}
    assert places.tasks(session, [("background-job", TASK)]) == {
        "background-job 424d586c893a": f"{group}background-job$252Fbackground-job$252F{TASK}"
    }
    assert places.trace(session, "5f84c7a1" + "e7d1852db8c4fd35d88bf49a") == {
        "trace": f"{home}xray:traces/1-5f84c7a1-e7d1852db8c4fd35d88bf49a"
    }
    assert places.dashboard(session) == {"dashboard": f"{home}dashboards/dashboard/shop-dev"}
    queue = f"https%3A%2F%2Fsqs.{region}.amazonaws.com%2F111122223333%2Fshop-dev-jobs-dlq"
    assert places.dead_letters(session, "shop-dev-jobs-dlq") == {
        "dead letters": f"https://{host}/sqs/v3/home?region={region}#/queues/{queue}"
    }


def test_what_is_not_there_leads_nowhere() -> None:
    session = session_in("eu-west-1")
    assert places.job_log(session, JOB, ["main-job"]) == {}, "its jobs have no logs of their own"
    assert places.trace(session, "") == {}
