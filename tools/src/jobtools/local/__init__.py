"""Parts of a local run: an AWS on loopback, a receiver of telemetry, and the services as real processes.

Each module is one part, joined by whoever needs them (the demo first). Nothing here ever reaches beyond loopback or reads
credentials of the person who runs it.

    stop        Ctrl-C as a flag that the main thread looks at
    processes   children in sessions of their own; none survives: warden ends them when the tool is killed
    moto_server the AWS, a process; aws starts it and makes clients
    queues      queues with their dead-letter queues, and the job log group
    otlp        receives traces and metrics
    services    the services' environment, and their start
"""
