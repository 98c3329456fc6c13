"""What does a task see of its host? One door for each task: an HTTP endpoint at the address by which containers reach the host.

Layer: tools; above local and docker, below fargate and stage. Behind the door are the local AWS, which gets every call as it stands, and three things
of the ECS agent: the task's metadata, its protection, and a record of what was called.

    door          opens doors and keeps the records: by service the calls, by task the wishes for protection
    task_door     one task's endpoint: what belongs to whom
    upstream      passes a request on, over connections that are used again
    call          reads from a request which AWS operation it is
    record        keeps the calls of one service; refuses those that it is told to
    metadata      the task metadata endpoint, version 4
    protection    the task-protection endpoint
    host_address  by which address do containers reach this machine?
"""

from jobtools.door.call import Call
from jobtools.door.door import Door
from jobtools.door.host_address import LOCAL, HostAddress, find_host_address
from jobtools.door.protection import Wish
from jobtools.door.record import Refusal
from jobtools.door.task_door import TaskDoor

__all__ = ["LOCAL", "Call", "Door", "HostAddress", "Refusal", "TaskDoor", "Wish", "find_host_address"]
