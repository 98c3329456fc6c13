"""Checks that `infra/terraform` builds what it says, and leaves nothing after destroy (`python -m devkit.infra_check`, run by `nox -s infra`).

Works on a copy of the tree, against the local AWS (`localaws`) on loopback, with dummy credentials: nothing in the repository is
changed, and no account is ever reached.

    terraform   the program: which version, with what environment, one command
    tree        the copy: its roots, its modules, its environments
    services    which services the stack declares
    checks      format, validate, test
    new_service a service made by `nox -s new-service`, in a copy
    life        one installation: apply, read back, plan again, change, destroy
    plan        what a saved plan would do
    inventory   what exists, read with boto3, by Terraform's resource types (readers: one for each type)
    facts       what the stack promises, read with boto3 from what its outputs name
    values      what only an account has: image digests, a VPC
    progress    a line for each step, with its duration
"""
