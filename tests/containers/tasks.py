"""Small definitions and the surroundings of tasks whose containers are plain Python programs."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from localaws.docker import Docker
from localaws.fargate.compose import Additions
from localaws.fargate.definition import Container, TaskDefinition
from localaws.fargate.view import TaskView

IMAGE = os.environ.get("JOBS_PYTHON_IMAGE", "python:3.13-slim-trixie")
REGISTERED = "111122223333.dkr.ecr.us-east-1.amazonaws.com/service@sha256:aa"
ABSENT = "127.0.0.1:1/no/such/image:1"

WAIT = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("ready", flush=True)
while True:
    signal.pause()
"""
"""Runs until SIGTERM, then ends with 0."""


class PlainHost:
    """What a task needs of its host, without agent or forwarder: keeps what containers wrote, and what was told."""

    def __init__(self, docker: Docker) -> None:
        self.images = {REGISTERED: IMAGE}
        self.environment: Mapping[str, Mapping[str, str]] = {}
        self.secrets: Mapping[str, str] = {}
        self.spared: set[str] = set()
        self.told: list[str] = []
        self.started: list[str] = []
        self.gone: list[str] = []
        self.output: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._docker = docker
        self._lock = Lock()

    def prepare(self, task_id: str, service: str, definition: TaskDefinition) -> Additions:
        return Additions(self.images, self.environment, self.secrets)

    def container_started(self, task: TaskView, container: Container, container_id: str, at: float) -> None:
        with self._lock:
            self.started.append(container.name)

    def task_ended(self, task: TaskView) -> None:
        for container in task.containers:
            if container.container_id is not None:
                self.output[task.task_id][container.name] = self._docker.run("logs", container.container_id)

    def task_gone(self, task_id: str) -> None:
        with self._lock:
            self.gone.append(task_id)

    def protected(self, task_id: str) -> bool:
        return task_id in self.spared

    def tell(self, text: str) -> None:
        self.told.append(text)


def container(name: str = "worker", program: str = WAIT, **more: Any) -> dict[str, Any]:
    """A container that runs a Python program, as ECS describes it."""
    linux = {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    return {
        "name": name,
        "image": REGISTERED,
        "essential": True,
        "cpu": 64,
        "memory": 96,
        "user": "10001:10001",
        "stopTimeout": 10,
        "entryPoint": ["python", "-c"],
        "command": [program],
        "readonlyRootFilesystem": True,
        "linuxParameters": linux,
        **more,
    }


def registered(*containers: dict[str, Any], family: str = "service") -> dict[str, Any]:
    """What `register_task_definition` takes."""
    return {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": list(containers) or [container()],
    }
