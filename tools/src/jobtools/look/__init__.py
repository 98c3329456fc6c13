"""How does a person see what the services did? Reading from SQS, CloudWatch Logs and traces, and showing it at 80 columns.

Layer: tools. The values (`job_event`, `dead_letter`, `span`, `fate`) know nothing of AWS or of a screen; `job_log` and `dead_letters` read
them with plain boto3 clients; the `*_view` files turn them into Rich renderables. The demo and every command that shows such things use them.
"""
