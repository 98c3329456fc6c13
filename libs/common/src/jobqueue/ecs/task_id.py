"""The id of this task, read from the environment at start, without a call."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping

_TASK_ID = re.compile(r"/v4/([0-9a-f]{32})-")
"""The agent's metadata address ends in the task's id and the container's number (ECS Developer Guide, "task metadata endpoint version 4")."""


def task_id(environ: Mapping[str, str]) -> str:
    """The ECS task's id; elsewhere the host's name and the process id."""
    found = _TASK_ID.search(environ.get("ECS_CONTAINER_METADATA_URI_V4", ""))
    return found[1] if found else f"{socket.gethostname()}-{os.getpid()}"
