"""`docs/howto/call-aws-and-http.md`, followed in a copy of the services: its tests run there, its job is done in the demo."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .crm import KEY, booked, crm, fill
from .flow import until
from .howto import ROOT, Copy, demo, follow

PAGE = ROOT / "docs/howto/call-aws-and-http.md"
OWN_ACCOUNT = {"AWS_PROFILE": "production", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}


@pytest.fixture
def followed(tmp_path: Path) -> Copy:
    return follow(PAGE, tmp_path)


def test_the_tests_of_the_page_pass_where_it_was_followed(followed: Copy) -> None:
    assert followed.tested().count("PASSED services/background-job/tests/test_invoices.py::") == 2


@pytest.mark.timeout(300)
def test_the_job_of_the_page_reads_s3_calls_the_service_and_writes_dynamodb_in_the_demo(followed: Copy) -> None:
    with crm() as service:
        variables = followed.root / "crm.env"
        variables.write_text(variables.read_text().replace(":8080", f":{service.server_port}"))
        with demo(sys.executable, variables, PYTHONPATH=followed.python_path, **OWN_ACCOUNT) as clients:
            fill(clients("s3"), clients("dynamodb"))
            url = clients("sqs").get_queue_url(QueueName="demo-main-job-triggers")["QueueUrl"]
            clients("sqs").send_message(QueueUrl=url, MessageBody=(followed.root / "trigger.json").read_text())
            until(lambda: booked(clients("dynamodb")), "the invoice is booked")
            done = booked(clients("dynamodb"))
        assert done == {KEY: service.asked[0][1]["id"]}
        assert service.asked == [("Bearer only-here", {"customer": "acme", "total": 12, "id": done[KEY]})] * 2
