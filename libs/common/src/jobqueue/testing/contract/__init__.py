"""The contracts of a queue, of job records, steps, batches, unique keys and of an event bus: suites that every technology passes. Shipped; they
need pytest.

Another queue technology is a sibling of `jobqueue.sqs` that passes this suite: write a `Backend` for it, and a test class that inherits
`QueueContract` with a fixture `backend`. What AWS documents decides. Where a server differs from that, its own test class overrides the test
with a strict `xfail` and the reason. Failed assertions show their values when a `conftest.py` says, before it imports this package:

    pytest.register_assert_rewrite("jobqueue.testing.contract")
"""

from jobqueue.testing.contract.backend import Backend, Queues, receive_all
from jobqueue.testing.contract.dynamodb_backend import DynamoDbBackend
from jobqueue.testing.contract.event_bridge_backend import EventBridgeBackend
from jobqueue.testing.contract.event_bus import EventBusBackend, EventBusContract
from jobqueue.testing.contract.in_memory_backend import InMemoryBackend
from jobqueue.testing.contract.job_batches import BatchesBackend, JobBatchesContract
from jobqueue.testing.contract.job_records import BegunJobRecordsContract, JobRecordsContract, RecordsBackend
from jobqueue.testing.contract.job_steps import JobStepsContract, StepsBackend
from jobqueue.testing.contract.receiving import ReceivingContract
from jobqueue.testing.contract.redrive import RedriveContract
from jobqueue.testing.contract.sending import SendingContract
from jobqueue.testing.contract.settling import SettlingContract
from jobqueue.testing.contract.sqs_backend import SqsBackend
from jobqueue.testing.contract.unique_keys import UniqueBackend, UniqueKeysContract


class QueueContract(ReceivingContract, SettlingContract, SendingContract, RedriveContract):
    """The whole suite. Inherit it and give it a fixture `backend`."""


__all__ = [
    "Backend",
    "BatchesBackend",
    "BegunJobRecordsContract",
    "DynamoDbBackend",
    "EventBridgeBackend",
    "EventBusBackend",
    "EventBusContract",
    "InMemoryBackend",
    "JobBatchesContract",
    "JobRecordsContract",
    "JobStepsContract",
    "QueueContract",
    "Queues",
    "RecordsBackend",
    "SqsBackend",
    "StepsBackend",
    "UniqueBackend",
    "UniqueKeysContract",
    "receive_all",
]
