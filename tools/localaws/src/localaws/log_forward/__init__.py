"""Container output forwarded to the local CloudWatch Logs: read from Docker's own logs, sent as the awslogs driver would.

Docker's `awslogs` driver itself needs credentials in the daemon, which a person's daemon has not, and refuses ECS's option `awslogs-stream-prefix`.

    forwarder    one thread for each container: reads, batches, puts
    destination  the group and stream, from a container's log options
    follow       reads `docker logs` to the end, across restarts, whole lines, none twice
    stream       writes batches to one log stream; makes it, tries again, reports each problem once
"""

from localaws.log_forward.destination import LogDestination, log_destination
from localaws.log_forward.forwarder import Forwarder

__all__ = ["Forwarder", "LogDestination", "log_destination"]
