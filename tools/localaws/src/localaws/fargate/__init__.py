"""Registered task definitions run on one machine: a Compose project for each task, as many tasks as their ECS services want.

Uses docker. What tasks need of `localaws.ecs_agent` and `localaws.log_forward` comes in through `host.Host`; neither is imported.

    definition          what ECS registered; a field whose meaning would be lost is refused by name
    compose             the same as a Compose project, and the only things that may be added
    containers, events  containers found by label, and what Docker says happened to them
    lifecycle, task     one task: pure rules; the thread that follows them
    background_command  a long docker command that can be cancelled
    rolling_update      pure: what a service starts and stops, and how soon again
    scheduler           the services of one cluster, and the thread that converges to them
    reporter            tells the local AWS what runs
    view                state of a task at one moment
"""
