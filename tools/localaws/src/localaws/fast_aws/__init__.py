"""Fast SQS and CloudWatch Logs, and of DynamoDB what job records use, on loopback, for benches and fault tests.

`FastAws` runs the server in a thread of this process, `FastAwsProcess` in a process of its own; both are context managers with the same control
calls. Faults and latency are injected on request. Signatures are not checked, message retention is not enforced, and FIFO queues are not served.
"""

from localaws.fast_aws.control import Control
from localaws.fast_aws.faults import FaultSettings
from localaws.fast_aws.run import FastAws, FastAwsProcess

__all__ = ["Control", "FastAws", "FastAwsProcess", "FaultSettings"]
