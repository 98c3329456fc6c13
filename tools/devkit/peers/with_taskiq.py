# /// script
# requires-python = ">=3.11"
# dependencies = ["taskiq", "taskiq-aio-sqs"]
# ///
"""taskiq with taskiq-aio-sqs: one worker process."""

import asyncio
import os
import sys
from pathlib import Path

from taskiq_aio_sqs import SQSBroker

broker = SQSBroker(
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    sqs_queue_name=os.environ["PEER_QUEUE_URL"].rpartition("/")[2],
    region_name=os.environ["AWS_REGION"],
    aws_access_key_id="testing",
    aws_secret_access_key="testing",
    max_number_of_messages=10,
)


@broker.task("job")
async def job(number: int) -> None:
    """Nothing."""


async def send(count: int) -> None:
    await broker.startup()
    for _ in range(count):
        await job.kiq(1)
    await broker.shutdown()


if __name__ == "__main__":
    if sys.argv[1] == "send":
        asyncio.run(send(int(sys.argv[2])))
    else:
        os.chdir(Path(__file__).parent)
        name = Path(__file__).stem
        os.execv(
            sys.executable,
            [sys.executable, "-m", "taskiq", "worker", "--workers=1", "--log-level=ERROR", f"{name}:broker"],
        )
