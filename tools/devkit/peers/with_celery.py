# /// script
# requires-python = ">=3.11"
# dependencies = ["celery[sqs]"]
# ///
"""Celery's worker: one process, eight threads, results ignored."""

import os
import sys
from urllib.parse import urlsplit

from celery import Celery

url = os.environ["PEER_QUEUE_URL"]
queue = url.rpartition("/")[2]
app = Celery("with_celery", broker=f"sqs://testing:testing@{urlsplit(os.environ['AWS_ENDPOINT_URL']).netloc}")
app.conf.update(
    broker_transport_options={
        "region": os.environ["AWS_REGION"],
        "is_secure": False,
        "predefined_queues": {queue: {"url": url, "access_key_id": "testing", "secret_access_key": "testing"}},
    },
    task_default_queue=queue,
    task_ignore_result=True,
    worker_enable_remote_control=False,
)


@app.task(name="job")
def job(number: int) -> None:
    """Nothing."""


if __name__ == "__main__":
    if sys.argv[1] == "send":
        for _ in range(int(sys.argv[2])):
            job.delay(1)
    else:
        app.worker_main(
            ["worker", "--pool=threads", "--concurrency=8", "--loglevel=ERROR", "--without-gossip", "--without-mingle"]
        )
