"""Saved queries of CloudWatch Logs Insights, which moto lacks."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

from localaws.moto_patches.patching import add_operations, state


def patch() -> None:
    """Adds put, describe (of a prefix, without pages) and delete."""
    add_operations(LogsResponse, put_query_definition, describe_query_definitions, delete_query_definition)


def put_query_definition(self: Any) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html"""
    identity = self._get_param("queryDefinitionId") or str(uuid.uuid4())
    state(self.logs_backend, "query_definitions")[identity] = {
        "queryDefinitionId": identity,
        "name": self._get_param("name"),
        "queryString": self._get_param("queryString"),
        "queryLanguage": self._get_param("queryLanguage", "CWLI"),
        "logGroupNames": self._get_param("logGroupNames", []),
        "lastModified": int(time.time() * 1000),
    }
    return json.dumps({"queryDefinitionId": identity})


def describe_query_definitions(self: Any) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html"""
    prefix = self._get_param("queryDefinitionNamePrefix", "").lower()
    known = state(self.logs_backend, "query_definitions").values()
    return json.dumps({"queryDefinitions": [one for one in known if one["name"].lower().startswith(prefix)]})


def delete_query_definition(self: Any) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteQueryDefinition.html"""
    identity = self._get_param("queryDefinitionId")
    if state(self.logs_backend, "query_definitions").pop(identity, None) is None:
        raise ResourceNotFoundException(f"No query definition {identity}.")
    return json.dumps({"success": True})
