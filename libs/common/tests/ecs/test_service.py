"""What is asked of ECS about the task's own service, and which answers are one; against a tiny ECS on the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from jobqueue.aws.service import ECS
from jobqueue.aws.session import Session
from jobqueue.ecs.service import CALL_SECONDS, EcsService, EcsSettings, ServiceError
from jobqueue.settings import SettingError, load

ARN = "arn:aws:ecs:eu-north-1:123456789012:service/shop-dev-cluster/shop-dev-main-job-service"


@dataclass
class Ecs:
    """Answers every call with `status` and `body`, and keeps what was asked."""

    status: int = 200
    body: object = None
    url: str = ""
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def ecs() -> Iterator[Ecs]:
    ecs = Ecs()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            ecs.asked.append((self.headers["X-Amz-Target"], self.headers["Authorization"], asked))
            answer = ecs.body if isinstance(ecs.body, bytes) else json.dumps(ecs.body).encode()
            self.send_response(ecs.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        ecs.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield ecs
        server.shutdown()
        thread.join()


@pytest.fixture
def service(ecs: Ecs) -> EcsService:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_ENDPOINT_URL_ECS": ecs.url}
    return EcsService(Session("eu-north-1", keys).service(ECS, seconds=CALL_SECONDS), ARN)


@pytest.mark.parametrize("count", [0, 1, 25])
def test_the_desired_count_is_asked_of_the_service_in_its_cluster_and_region(
    ecs: Ecs, service: EcsService, count: int
) -> None:
    ecs.body = {"services": [{"serviceArn": ARN, "desiredCount": count, "runningCount": 2}], "failures": []}
    assert service.desired_count() == count
    ((target, authorization, asked),) = ecs.asked
    assert target.endswith(".DescribeServices")
    assert asked == {"cluster": "shop-dev-cluster", "services": ["shop-dev-main-job-service"]}
    assert "/eu-north-1/ecs/aws4_request" in authorization


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"services": [], "failures": [{"arn": ARN, "reason": "MISSING"}]}),
        (200, {"services": [{"serviceArn": ARN.replace("dev", "prod"), "desiredCount": 0}]}),
        (200, {"services": [{"serviceArn": ARN, "desiredCount": -1}]}),
        (200, {"services": [{"serviceArn": ARN, "desiredCount": "0"}]}),
        (200, {"services": [{"serviceArn": ARN, "desiredCount": False}]}),
        (200, {"services": [{"serviceArn": ARN}]}),
        (200, {"services": [None]}),
        (200, {"services": None}),
        (200, {}),
        (200, []),
        (200, None),
        (200, b""),
        (200, b"<html>welcome</html>"),
        (400, {"__type": "AccessDeniedException", "message": "no"}),
        (400, {"__type": "ThrottlingException", "message": "Rate exceeded"}),
        (500, b"oops"),
    ],
)
def test_an_answer_that_tells_no_desired_count_is_none(
    ecs: Ecs, service: EcsService, status: int, body: object
) -> None:
    ecs.status, ecs.body = status, body
    with pytest.raises(ServiceError, match="DescribeServices of arn"):
        service.desired_count()
    assert len(ecs.asked) == 1, "asked once: when to ask again is not decided here"


def test_a_right_that_is_missing_is_named(ecs: Ecs, service: EcsService) -> None:
    ecs.status, ecs.body = 400, {"__type": "AccessDeniedException", "message": "no"}
    with pytest.raises(ServiceError, match=r"AccessDenied.*ecs:DescribeServices on it in the task role"):
        service.desired_count()


@pytest.mark.parametrize("arn", ["shop-dev-main-job-service", ARN.replace(":service/", ":task/"), f"{ARN}/x", "arn:"])
def test_what_is_no_arn_of_a_service_is_refused_at_the_start(arn: str) -> None:
    with pytest.raises(SettingError, match="ECS_SERVICE_ARN"):
        load(EcsSettings, {"ECS_SERVICE_ARN": arn})


@pytest.mark.parametrize("arn", ["", ARN, ARN.replace("aws", "aws-cn"), ARN.replace("aws", "aws-us-gov")])
def test_every_partition_and_none_is_accepted(arn: str) -> None:
    assert load(EcsSettings, {"ECS_SERVICE_ARN": arn}).ecs_service_arn == (arn or None)
