"""Container output forwarded to the local CloudWatch Logs: read from Docker's own logs, sent as the awslogs driver would.

Docker's `awslogs` driver itself needs credentials in the daemon, which a person's daemon has not, and refuses ECS's option `awslogs-stream-prefix`.

    forwarder  one thread for each container: reads, batches, puts
    place      the group and stream, from a container's logConfiguration
    follow     reads `docker logs` to the end, across restarts, no line twice
    lines      from Docker's bytes to whole lines with their times
    batch      the events of one PutLogEvents
    stream     writes to one log stream; makes it, tries again, reports each problem once
"""

from localaws.log_forward.forwarder import Forwarder
from localaws.log_forward.place import LogPlace, log_place

__all__ = ["Forwarder", "LogPlace", "log_place"]
