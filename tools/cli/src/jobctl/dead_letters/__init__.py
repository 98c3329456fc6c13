"""Repairs: dead letters sent back or deleted (`dead`), a service paused and resumed (`pause`, `resume`).

Letters are read by `jobctl.queries`. The values (`redriven`, `selection`) know nothing of AWS; `dead_queue` is the only module that takes letters out
of SQS, and `take` uses it. `scaling` and `tasks` are the steps of `pausing`; `jobctl.environment.paused` stores which services are paused, because
deployments ask too. `commands` joins them to the command line.
"""
