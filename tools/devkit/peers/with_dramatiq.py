# /// script
# requires-python = ">=3.11"
# dependencies = ["boto3", "dramatiq", "dramatiq-sqs"]
# ///
"""dramatiq with dramatiq-sqs: one process, eight threads."""

import os
import sys
from pathlib import Path

import dramatiq
from dramatiq_sqs import SQSBroker

namespace, _, queue = os.environ["PEER_QUEUE_URL"].rpartition("/")[2].partition("_")
dramatiq.set_broker(SQSBroker(namespace=namespace, dead_letter=False))


@dramatiq.actor(queue_name=queue)
def job(number: int) -> None:
    """Nothing."""


if __name__ == "__main__":
    if sys.argv[1] == "send":
        for _ in range(int(sys.argv[2])):
            job.send(1)
    else:
        os.chdir(Path(__file__).parent)
        os.execv(
            sys.executable, [sys.executable, "-m", "dramatiq", "--processes=1", "--threads=8", Path(__file__).stem]
        )
