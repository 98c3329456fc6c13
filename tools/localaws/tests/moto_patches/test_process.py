"""The local AWS as a process: moto's own operations are there beside what was added."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clients


def test_a_policy_of_aws_can_be_attached_to_a_role(local_aws: Clients) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    assert local_aws.iam.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn


def test_what_was_added_goes_with_a_reset(local_aws: Clients) -> None:
    import urllib.request

    local_aws.logs.put_query_definition(name="gone", queryString="limit 1")
    reset = urllib.request.Request(f"{local_aws.endpoint}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    assert local_aws.logs.describe_query_definitions(queryDefinitionNamePrefix="gone")["queryDefinitions"] == []
