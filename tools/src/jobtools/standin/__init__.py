"""What does a bench or a fault test talk to in place of AWS? SQS and CloudWatch Logs on loopback.

Layer: tools. `Standin` runs the server in a thread of this process, `StandinProcess` in a process of its own;
both are context managers with the same control calls. It is fast and it fails on request; it never checks
signatures, never enforces message retention, never serves FIFO queues and never leaves loopback.
"""

from jobtools.standin.control import Control
from jobtools.standin.faults import FaultSettings
from jobtools.standin.run import Standin, StandinProcess, StandinStartError

__all__ = ["Control", "FaultSettings", "Standin", "StandinProcess", "StandinStartError"]
