"""How does container output reach the local CloudWatch Logs? Read from Docker's own logs, as the awslogs driver would send it.

Layer: tools; above docker, below fargate and stage. Docker's `awslogs` driver itself needs credentials in the daemon, which a person's daemon has
not, and refuses ECS's option `awslogs-stream-prefix`.

    forwarder  one thread for each container: reads, batches, puts
    place      which group and stream: from a container's logConfiguration
    follow     reads `docker logs` to the end, across restarts, nothing twice
    lines      from Docker's bytes to whole lines with their times
    batch      how much goes into one PutLogEvents
    stream     writes to one log stream; makes it, tries again, tells once what is wrong
"""

from jobtools.forward.forwarder import Forwarder
from jobtools.forward.place import LogPlace, log_place

__all__ = ["Forwarder", "LogPlace", "log_place"]
