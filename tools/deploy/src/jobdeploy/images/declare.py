"""`python -m jobdeploy.images.declare MODULE`: what the `Service` in a service's entry point reads from its environment, as JSON; `null` without one.

A process of its own, since it imports the service and the library of the checkout that is built from (`declaration.read_declaration`).
"""

from __future__ import annotations

import dataclasses
import json
import sys
from importlib import import_module
from typing import Any, get_type_hints

from jobqueue import Secret, Service
from jobqueue.service import GROUPS, JOB_LOG_GROUPS


def declared(service: Service) -> dict[str, Any]:
    """`required`: names to what gives them, the stack itself or a service's input `environment` or `secrets`. `optional`: names with a default.
    `own`: what the service's own settings declare, but for its queues."""
    required, optional = {}, []
    for group in (service.settings, *GROUPS, *(JOB_LOG_GROUPS if service.job_logs else ())):
        kinds = get_type_hints(group)
        for field in dataclasses.fields(group):
            if field.default is not dataclasses.MISSING:
                optional.append(field.name.upper())
            elif group is not service.settings or field.metadata["role"] is not None:
                required[field.name.upper()] = "stack"
            else:
                required[field.name.upper()] = "secrets" if kinds[field.name] is Secret else "environment"
    return {"required": required, "optional": sorted(optional), "own": sorted(service.own_names)}


if __name__ == "__main__":
    found = [one for one in vars(import_module(sys.argv[1])).values() if isinstance(one, Service)]
    print(json.dumps(declared(found[0]) if found else None, separators=(",", ":")))
