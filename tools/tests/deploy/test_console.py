"""Links into the AWS console, and what stands for them on this machine."""

from __future__ import annotations

from jobtools.deploy import console
from jobtools.deploy.target import Target

AWS = Target("jobs", "dev", "eu-west-1", "111122223333")
LOCAL = Target("jobs", "dev", "us-east-1", "111122223333", endpoint_url="http://127.0.0.1:1")
TRACE = "5f84c7a1" + "e7d1852db8c4fd35d88bf49a"


def test_a_log_stream_is_encoded_as_the_console_reads_it() -> None:
    assert console.log_stream(AWS, "/ecs/jobs", "job-streams/2026-01-01/J") == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Fecs$252Fjobs/log-events/job-streams$252F2026-01-01$252FJ"
    )


def test_a_trace_has_the_id_that_x_ray_gives_it() -> None:
    assert console.trace(AWS, TRACE).endswith("#xray:traces/1-5f84c7a1-e7d1852db8c4fd35d88bf49a")


def test_a_dashboard_is_found_by_its_name() -> None:
    assert console.dashboard(AWS, "jobs-dev").endswith(
        "/cloudwatch/home?region=eu-west-1#dashboards/dashboard/jobs-dev"
    )


def test_china_and_govcloud_have_consoles_of_their_own() -> None:
    china = Target("jobs", "dev", "cn-north-1", "111122223333")
    assert console.service_page(china, "c", "s").startswith(
        "https://cn-north-1.console.amazonaws.cn/ecs/v2/clusters/c/"
    )
    government = Target("jobs", "dev", "us-gov-west-1", "111122223333")
    assert "us-gov-west-1.console.amazonaws-us-gov.com" in console.queue_page(government, "https://sqs/1/q")


def test_on_this_machine_names_stand_for_links() -> None:
    assert console.log_stream(LOCAL, "/ecs/jobs", "s") == "log group /ecs/jobs, stream s"
    assert console.service_page(LOCAL, "c", "worker") == "ECS service worker"
    assert console.queue_page(LOCAL, "http://127.0.0.1:1/1/triggers") == "SQS queue triggers"
