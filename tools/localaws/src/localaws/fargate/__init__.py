"""Registered task definitions run on one machine: a Compose project for each task, as many tasks as their ECS services want.

Uses docker. What tasks need of `localaws.ecs_agent` and `localaws.log_forward` comes in through `host.Host`; neither is imported.

    definition, reading   what ECS registered; a field whose meaning would be lost is refused by name
    additions, compose    the same as a Compose project, and the only things that may be added
    labels, containers    containers found by label, removed with all that another process left
    event, events         what Docker says happened
    life, task, errand    one task: pure rules; the thread that follows them; a command that can be cancelled
    decision, pace        pure: what a service starts and stops, and how soon again
    services, scheduler   the services of one cluster, and the thread that converges to them
    reporter              tells the local AWS what runs
    view                  state of a task at one moment
"""
