"""The job log in CloudWatch Logs, behind the consumer's `JobLogs` port. Layer 3: nothing of botocore leaves this folder.

    job_logs     the port: opens logs, encodes events           (any thread)
    shipper      owns every unconfirmed event until its fate     (one lock)
    timers       the shipper's alarm clock
    limiter, batch, event, limits, stream                        (pure)
    calls, client  the only files that know botocore
    first_look   the one call at start
    errors       what a call's failure means
    undelivered, troubles  what goes to stdout and to the process's own log

`settings` lists what can be set. Guarantees and their price: `job_logs`.
"""
