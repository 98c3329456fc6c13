"""How do registered task definitions run on one machine? As Compose projects, one for each task, as many as their ECS services want.

Layer: tools; above docker, beside door and forward, which it never imports: what tasks need of them comes in through `host.Host`.

    definition, reading   what ECS registered; a field whose meaning would be lost is refused by name
    additions, compose    the same as a Compose project, and the only things that may be added
    labels, containers    found again by label, removed with all that another process left
    event, events         what Docker says happened
    life, task, errand    one task: pure rules; the thread that follows them; a command that can be called off
    decision, pace        pure: what a service starts and stops, and how soon again
    services, scheduler   the services of one cluster, and the thread that converges to them
    reporter              tells the local AWS what runs
    view                  what can be seen of it all
"""
