"""What a task sees of its host: the local AWS, the task's metadata, its protection; and a record of its calls.

agent         the endpoint of each task; keeps calls by service and requests for protection by task
upstream      passes a request on to the local AWS
calls         reads from a request which AWS operation it is; records and refuses
metadata      the task metadata endpoint, version 4
protection    the task-protection endpoint
host_address  the address by which containers reach this machine
"""

from localaws.ecs_agent.agent import EcsAgent, TaskEndpoint
from localaws.ecs_agent.calls import Call, Refusal
from localaws.ecs_agent.host_address import LOCAL, HostAddress, find_host_address
from localaws.ecs_agent.protection import ProtectionRequest

__all__ = [
    "LOCAL", "Call", "EcsAgent", "HostAddress", "ProtectionRequest", "Refusal", "TaskEndpoint", "find_host_address",
]  # fmt: skip
