"""Saved queries of CloudWatch Logs Insights, which moto lacks."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse

from localaws.moto_patches.graft import add_operations, shelf

_MOST = 1000
"""In one answer: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueryDefinitions.html"""


def close() -> None:
    """Adds put, describe and delete."""
    add_operations(LogsResponse, put_query_definition, describe_query_definitions, delete_query_definition)


def put_query_definition(self: Any) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html"""
    known = shelf(self.logs_backend, "query_definitions")
    identity = self._get_param("queryDefinitionId")
    if identity and identity not in known:
        raise ResourceNotFoundException(f"No query definition {identity}.")
    identity = identity or str(uuid.uuid4())
    known[identity] = {
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
    prefix = self._get_param("queryDefinitionNamePrefix", "")
    start = int(self._get_param("nextToken") or 0)
    most = int(self._get_param("maxResults") or _MOST)
    all_of_them = [
        query
        for query in shelf(self.logs_backend, "query_definitions").values()
        if query["name"].lower().startswith(prefix.lower())
    ]
    answer: dict[str, Any] = {"queryDefinitions": all_of_them[start : start + most]}
    if start + most < len(all_of_them):
        answer["nextToken"] = str(start + most)
    return json.dumps(answer)


def delete_query_definition(self: Any) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteQueryDefinition.html"""
    identity = self._get_param("queryDefinitionId")
    if shelf(self.logs_backend, "query_definitions").pop(identity, None) is None:
        raise ResourceNotFoundException(f"No query definition {identity}.")
    return json.dumps({"success": True})
