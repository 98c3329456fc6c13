"""Readers and views of what the services did: dead letters, job logs, output, metrics, tasks, traces.

The values (`job_event`, `dead_letter`, `span`, `fate`) know nothing of AWS or of a screen. `job_log` and `dead_letters` read them with plain boto3
clients, and the `*_view` modules make Rich renderables of them, for 80 columns. The demo and every command that shows such things use them.
"""
