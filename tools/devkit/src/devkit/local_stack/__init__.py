"""The whole system on one machine, as Terraform registered it: in containers, on a local AWS.

Behind `nox -s local` and `nox -s system`. Joins infra, images, fargate, agent and forward, which do not depend on each other. Listens on loopback and
Docker's bridge only.

    arguments       command-line arguments
    stage           everything that is up, in the order in which it starts and ends
    stack           one environment of Terraform's stack: applied, and changed later
    images          local images for registered ones
    local_fargate   what runs the tasks of one cluster
    surroundings    what a task gets from its host: endpoints, credentials, secrets; where its output goes
    grafana         Grafana beside it, on request
    note            the file by which other commands find the stage
    up, commands    the commands
"""
