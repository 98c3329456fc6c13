"""The job log in CloudWatch Logs, behind the consumer's `JobLogs` port.

    job_logs                 the port: opens logs, encodes events       (any thread)
    room                     bounds memory, and what an outage costs    (any thread)
    shipper                  the agent: inbox, one thread, callers
    book, outstanding        that thread's: which call is next, which events are outstanding (pure)
    records, shipment, agenda, limiter, overflow, event, limits                            (pure)
    calls                    the two calls
    startup_check            the one call at start
    errors                   what a call's failure means
    undelivered              what goes to stdout

`settings` lists what can be set. Guarantees and their price: `job_logs`.
"""
