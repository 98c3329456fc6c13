"""Checks that `infra/terraform` builds what it says, and leaves nothing after destroy (`python -m devkit.infra_check`, run by `nox -s infra`).

Works on copies of the tree, against the local AWS (`localaws`) on loopback, with dummy credentials: nothing in the repository is changed, and no
account is ever reached. What a resource is like, `terraform test` asserts; that AWS keeps it, an empty second plan shows.
"""
