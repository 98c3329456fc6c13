"""Saved queries of Logs Insights are put, changed, found by prefix and deleted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Clients


def test_a_saved_query_is_put_changed_found_and_deleted(aws: Clients) -> None:
    prefix = uuid.uuid4().hex
    query = aws.logs.put_query_definition(name=f"{prefix}/one-job", queryString="fields @message", logGroupNames=["g"])
    identity = query["queryDefinitionId"]
    aws.logs.put_query_definition(name=f"{prefix}/one-job", queryString="limit 1", queryDefinitionId=identity)
    (found,) = aws.logs.describe_query_definitions(queryDefinitionNamePrefix=prefix)["queryDefinitions"]
    assert (found["queryDefinitionId"], found["queryString"]) == (identity, "limit 1")
    assert aws.logs.delete_query_definition(queryDefinitionId=identity)["success"]
    assert aws.logs.describe_query_definitions(queryDefinitionNamePrefix=prefix)["queryDefinitions"] == []


def test_a_saved_query_that_is_not_there_cannot_be_deleted(local_aws: Clients) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        local_aws.logs.delete_query_definition(queryDefinitionId="none")
