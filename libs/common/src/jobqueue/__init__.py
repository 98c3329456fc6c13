"""The SQS worker runtime: receive, decode, handle, log, settle.

Nothing is imported here on purpose: `python -m jobqueue.health` runs every few seconds on a fraction of a core and
must not pay for boto3. Handlers import their words from `jobqueue.consumer`, services start with `jobqueue.bootstrap`.
"""
