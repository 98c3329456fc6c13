# /// script
# requires-python = ">=3.11"
# dependencies = ["boto3"]
# ///
"""A loop of bare boto3 calls."""

import os
import sys

import boto3

sqs = boto3.client("sqs")
url = os.environ["PEER_QUEUE_URL"]


def send(count: int) -> None:
    for _ in range(0, count, 10):
        entries = [{"Id": str(number), "MessageBody": '{"number": 1}'} for number in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def work() -> None:
    while True:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages", [])
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
        if entries:
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)


if sys.argv[1] == "send":
    send(int(sys.argv[2]))
else:
    work()
