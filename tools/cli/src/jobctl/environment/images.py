"""Images in a service's task definition."""

from __future__ import annotations

from typing import Any

COLLECTOR = "collector"


def images_of(ecs: Any, service: str, definition: str) -> dict[str, str]:
    """The images in a task definition: the worker's by the service's name, the collector's by its own."""
    containers = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["containerDefinitions"]
    return {one["name"]: one["image"] for one in containers if one["name"] in (service, COLLECTOR)}
