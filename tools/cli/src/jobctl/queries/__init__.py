"""Readers of what the services did: dead letters, job logs, output, metrics, tasks, traces.

The values (`job_event`, `dead_letter`, `span`, `fate`) know nothing of AWS or of a screen. `job_log` and `dead_letters` read them with plain boto3
clients.
"""
