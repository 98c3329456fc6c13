"""How does the whole system run on one machine? As Terraform registered it, in containers, on a local AWS. Behind `nox -s local` and `nox -s system`.

Layer: tools, above infra, images, fargate, door and forward, which do not know each other: they are joined here. Loopback and Docker's bridge only.

    arguments     what a person may say
    stage         everything that is up, in the order in which it starts and ends
    stack         Terraform applies one environment, and changes it later
    pictures      which local image stands for which registered one
    surroundings  what a task gets from its host: endpoints, credentials, secrets; where its output goes
    grafana       Grafana beside it, where it is asked for
    note          how a second command finds the first
    up, commands  the commands
"""
