"""Readers of dead letters, job logs, metrics, tasks and traces, with plain boto3 clients.

They raise botocore's ClientError where a permission is missing or a resource does not exist; readers of dead letters raise QueueError.
"""
