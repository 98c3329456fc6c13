"""Local AWS for `terraform apply` and the services: moto, with additions and fixes.

A process of its own (`python -m localaws --port 0`), on loopback. Moto is not forked: each module of `gaps` adds what moto lacks, or
corrects what it answers wrongly, in moto's own classes while the process starts. `tests/localaws` runs the same tests against plain moto, where each
must fail: when moto closes a gap itself, that test reports it and the module can be removed.

    graft              how operations and state are added to moto's classes
    gaps               one module for each gap
    rollout            deployments of an ECS service
    deployment_views   what ECS's API shows of them
    start              starts the process and finds where it listens
"""
