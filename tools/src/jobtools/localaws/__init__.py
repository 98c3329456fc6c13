"""Which AWS do `terraform apply` and the services meet on a laptop? Moto's, with the gaps closed that this project falls into.

Layer: tools; a process of its own (`python -m jobtools.localaws --port 0`), on loopback. Never a fork of moto: each file in `gaps` adds what moto
lacks, or mends what it answers wrongly, to moto's own classes while the process starts. `tests/localaws` runs the same questions against plain moto,
where each must fail: when moto closes a gap itself, that test says so and the file can go.

    graft       how something is added to moto's classes
    gaps        one file for each gap
    rollout     pure: how an ECS service's deployments go on; deployment_views shows them
    start       the process, and where it listens
"""
