"""The whole system on one machine, as Terraform registered it: in containers, on a local AWS.

Behind `nox -s local` and `nox -s system`. Joins the images, Terraform's stack and `localaws`. Listens on loopback and Docker's bridge only.

    options        command-line options
    stack          everything that is up, in the order in which it starts and ends
    images         local images for registered ones
    local_fargate  what runs the tasks of one cluster
    task_host      what a task gets from its host: endpoints, credentials, secrets; where its output goes
    grafana        Grafana beside it, on request
    state_file     the file by which other commands find it
    up, reload, commands   the commands
"""
