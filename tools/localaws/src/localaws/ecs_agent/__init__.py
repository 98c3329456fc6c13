"""One HTTP endpoint (a door) for each task, at the address by which containers reach the host.

Behind the door are the local AWS, which gets every call unchanged, and three things of the ECS agent: the task's metadata, its protection, and a
record of its calls.

    door          opens doors and keeps the records: calls by service, requests for protection by task
    task_door     the endpoint of one task: which path goes where
    upstream      passes a request on, over connections that are used again
    call          reads from a request which AWS operation it is
    record        the calls of one service, and those that are to be refused
    metadata      the task metadata endpoint, version 4
    protection    the task-protection endpoint
    host_address  the address by which containers reach this machine
"""

from localaws.ecs_agent.call import Call
from localaws.ecs_agent.door import Door
from localaws.ecs_agent.host_address import LOCAL, HostAddress, find_host_address
from localaws.ecs_agent.protection import Wish
from localaws.ecs_agent.record import Refusal
from localaws.ecs_agent.task_door import TaskDoor

__all__ = ["LOCAL", "Call", "Door", "HostAddress", "Refusal", "TaskDoor", "Wish", "find_host_address"]
