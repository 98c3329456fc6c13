"""Proof that the application runs on what Terraform made, with exactly the rights that it needs; called between apply and destroy.

Loopback only. The services do not know that they are watched: their calls are recorded by the endpoints that they call (`localaws.ecs_agent`).

    prove        the one entry: run, compare, say what is wrong
    installed    what the stack made, read with boto3 from what its outputs name
    application  both services as processes, with the environment of their registered task definitions; the run that they are put through
    documented   the commands of docs/howto/deploy.md, executed word for word
    compare      recorded calls against the rights of the roles: for this run, and for calls that were recorded elsewhere
    needs        which IAM actions a call needs, on which ARNs
    starting     what ECS needs to start a task, by its definition
    statements   what a role is allowed, read back from IAM and from the queues' policies
    rights       the comparison: missing, unused; what a short run cannot show, with the reason
    forbidden    what no service may ever do
    operators    the same comparison for the policies of the people who look and repair: calls of the `jobctl` command against statements
    operator_needs, operator_forbidden   which rights its calls need, and what neither policy may ever allow
    coupling     Terraform's variables, the tasks' environment and the services' settings: one list of names (text only, no AWS)
"""
