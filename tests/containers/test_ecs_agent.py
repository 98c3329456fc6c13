"""The ECS agent's endpoint of a task in real containers: its AWS, its metadata and its agent. Needs Docker and the collector's image.

The real collector with this project's configuration, fed over OTLP from inside its network namespace, as the app does it.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from jobdeploy.images.registry import collector_image
from localaws.aws import start_aws
from localaws.docker import Docker
from localaws.ecs_agent import Call, EcsAgent, TaskEndpoint, find_host_address
from localaws.processes import Processes

IMAGE = os.environ.get("JOBS_PYTHON_IMAGE") or "python:3.13-slim-trixie"
CONFIGURATION = Path(__file__).parents[2] / "docker/collector/config.yaml"
TASK = secrets.token_hex(16)
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/stack"
GROUP = "/metrics"
SECONDS = 60
DUMMY: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
LABEL = ("--label", "jobs.test=ecs-agent")
HOST = ("--add-host", "host.docker.internal:host-gateway")

SEND = """
import json, sys, time, urllib.request
now = time.time_ns()

def pairs(values):
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]

def span(number, parent, name, kind, **attributes):
    return {
        "traceId": sys.argv[1], "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name, "kind": kind, "attributes": pairs(attributes),
        "startTimeUnixNano": str(now + number * 1_000_000), "endTimeUnixNano": str(now + number * 1_000_000 + 500_000),
        "links": [{"traceId": "5a" * 16, "spanId": "00000000000000ff"}] if kind == 5 else [],
    }

def resource(service, **content):
    return {"resource": {"attributes": pairs({"service.name": service})}, **content}

local = {"aws.span.kind": "LOCAL_ROOT", "jobs.job_id": "01ABC", "messaging.destination.name": "p-dev-triggers"}
spans = [
    resource("main-job", scopeSpans=[{"spans": [span(1, 0, "process triggers", 5, **local), span(2, 1, "send jobs", 4)]}]),
    resource("background-job", scopeSpans=[{"spans": [span(3, 2, "process jobs", 5, **local)]}]),
]
point = {
    "asInt": "7", "startTimeUnixNano": str(now), "timeUnixNano": str(now),
    "attributes": pairs({"messaging.destination.name": "triggers", "jobs.outcome": "done"}),
}
sum_ = {"aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [point]}
metrics = [resource("main-job", scopeMetrics=[{"metrics": [{"name": "jobs.attempts", "unit": "1", "sum": sum_}]}])]

def post(path, content):
    request = urllib.request.Request(f"http://127.0.0.1:4318/v1/{path}", json.dumps(content).encode(), {"Content-Type": "application/json"})
    for _ in range(100):
        try:
            return urllib.request.urlopen(request, timeout=5).status
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)  # the collector is starting
    raise SystemExit("no collector")

assert post("traces", {"resourceSpans": spans}) == 200
assert post("metrics", {"resourceMetrics": metrics}) == 200
"""
ASK_AGENT = """
import json, sys, urllib.request
body = json.dumps({"ProtectionEnabled": True, "ExpiresInMinutes": 10}).encode()
request = urllib.request.Request(sys.argv[1] + "/task-protection/v1/state", body, method="PUT")
print(urllib.request.urlopen(request, timeout=5).read().decode())
"""


@pytest.fixture(scope="module")
def docker() -> Docker:
    docker = Docker()
    docker.check()
    return docker


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with Processes("ecs-agent-test-") as processes:
        yield start_aws(processes).endpoint()


@pytest.fixture
def agent(docker: Docker, endpoint: str) -> Iterator[EcsAgent]:
    with EcsAgent(endpoint, find_host_address(docker)) as running:
        yield running


@pytest.fixture
def task(agent: EcsAgent) -> TaskEndpoint:
    options = {"awslogs-group": "/ecs/main-job", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"}
    log = {"logDriver": "awslogs", "options": options}
    containers = [
        {"name": name, "image": f"registry/{name}:1", "logConfiguration": log} for name in ("app", "collector")
    ]
    definition = {"family": "stack-main-job", "revision": 3, "containerDefinitions": containers}
    return agent.task(TASK, "main-job", definition, CLUSTER)


def client(service: str, endpoint: str) -> Any:
    made: Any = boto3.client(service, endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}), **DUMMY)  # type: ignore[call-overload]
    return made


@pytest.fixture
def collector(docker: Docker, task: TaskEndpoint, endpoint: str) -> Iterator[str]:
    client("logs", endpoint).create_log_group(logGroupName=GROUP)
    name = f"ecs-agent-test-{secrets.token_hex(4)}"
    environ = {
        "AOT_CONFIG_CONTENT": CONFIGURATION.read_text(),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "METRICS_LOG_GROUP": GROUP,
        "METRICS_LOG_STREAM_PREFIX": "emf",
        "METRICS_NAMESPACE": "Stack/Jobs",
        "XRAY_ENDPOINT": task.aws_endpoint,
        "LOGS_ENDPOINT": task.aws_endpoint,
        "ECS_CONTAINER_METADATA_URI_V4": task.metadata_uri("collector"),
    }
    settings = [part for key, value in environ.items() for part in ("--env", f"{key}={value}")]
    docker.run("run", "--detach", "--name", name, *LABEL, *HOST, "--read-only", *settings, collector_image())
    yield name
    docker.run("rm", "--force", name)


def in_container(docker: Docker, network: str, program: str, *arguments: str) -> str:
    hosts = () if network.startswith("container:") else HOST
    return docker.run(
        "run", "--rm", *LABEL, *hosts, "--network", network, IMAGE, "python", "-c", program, *arguments, timeout=SECONDS
    )


def in_group(endpoint: str, trace: str, expression: str) -> bool:
    """Whether a trace is in an X-Ray group of this filter, written as Terraform writes it (modules/views/main.tf)."""
    wanted: Any = {"StartTime": time.time() - 600, "EndTime": time.time() + 600, "FilterExpression": expression}
    summaries = client("xray", endpoint).get_trace_summaries(**wanted)["TraceSummaries"]
    return f"1-{trace[:8]}-{trace[8:]}" in [summary["Id"] for summary in summaries]


def test_the_collector_s_traces_and_metrics_are_read_back_through_the_api(
    docker: Docker, collector: str, agent: EcsAgent, endpoint: str
) -> None:
    trace = f"{int(time.time()):08x}{secrets.token_hex(12)}"
    in_container(docker, f"container:{collector}", SEND, trace)
    docker.run("stop", "--time", "20", collector, timeout=SECONDS)
    assert docker.run("inspect", "--format", "{{.State.ExitCode}}", collector).strip() == "0"

    (found,) = client("xray", endpoint).batch_get_traces(TraceIds=[f"1-{trace[:8]}-{trace[8:]}"])["Traces"]
    main, background = (json.loads(segment["Document"]) for segment in found["Segments"])
    assert (main["name"], background["name"]) == ("main-job", "background-job")
    (process,) = main["subsegments"]
    (send,) = process["subsegments"]
    assert (process["name"], send["name"], background["parent_id"]) == ("process triggers", "send jobs", send["id"])
    assert main["links"][0]["trace_id"] == f"1-{'5a' * 4}-{'5a' * 12}"
    assert main["annotations"] == {"jobs.job_id": "01ABC", "messaging.destination.name": "p-dev-triggers"}
    assert main["aws"]["ecs"]["task_arn"].endswith(f"/stack/{TASK}")

    found_by = 'annotation[messaging.destination.name] = "p-{}-jobs" OR annotation[messaging.destination.name] = "p-{}-triggers"'
    assert [in_group(endpoint, trace, found_by.replace("{}", environment)) for environment in ("dev", "prod")] == [
        True,
        False,
    ]

    logs = client("logs", endpoint)
    events = logs.get_log_events(logGroupName=GROUP, logStreamName=f"emf/{TASK}", startFromHead=True)["events"]
    (metric,) = (json.loads(event["message"]) for event in events)
    assert metric["jobs.attempts"] == 7
    assert metric["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Stack/Jobs"

    stream = {"logGroupName": GROUP, "logStreamName": f"emf/{TASK}"}
    put = Call("logs", "PutLogEvents", stream)
    calls = agent.calls("main-job")
    assert sorted(calls, key=str) == sorted(
        [put, Call("logs", "CreateLogStream", stream), put, Call("xray", "PutTraceSegments")], key=str
    )


def test_a_container_in_a_network_of_its_own_reaches_its_endpoint(
    docker: Docker, agent: EcsAgent, task: TaskEndpoint
) -> None:
    network = f"ecs-agent-test-{secrets.token_hex(4)}"
    docker.run("network", "create", *LABEL, network)
    try:
        said = in_container(docker, network, ASK_AGENT, task.agent_uri)
    finally:
        docker.run("network", "rm", network)
    assert json.loads(said)["protection"]["ProtectionEnabled"] is True
    assert [one.minutes for one in task.protection.requests()] == [10]
