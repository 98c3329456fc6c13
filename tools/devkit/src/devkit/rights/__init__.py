"""Proof that each role has exactly the rights that it needs: recorded calls compared with the statements of its policies.

Loopback only. The services do not know that they are watched: the endpoints that they call record their calls (`localaws.ecs_agent`).

    application  both services as processes, with the environment of their registered task definitions, through everything that calls AWS
    apply        what Terraform calls, compared with GitHub's apply role
    clients      what each method of `jobqueue.client` calls, compared with the policies for code that sends jobs
    boundary     every right of the stack's roles inside the bootstrap's permissions boundary
    documented   the commands of docs/howto/deploy.md, executed word for word
    installed    what the stack made, read from what its outputs name
    needs        the IAM actions that a call needs, on which ARNs; and what ECS needs to start a task, by its definition
    statements   what a role is allowed, read from IAM and from the queues' policies
    forbidden    what no role may ever do
    compare      missing, unused and forbidden rights
"""
