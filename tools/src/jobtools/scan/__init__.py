"""What is wrong with what we ship, before it is shipped? Scanners of the lock, Terraform, Dockerfiles, workflows, shell and secrets.

Layer: tools. A scanner that could not look has not passed. `scan.toml` in the repository's root says which findings fail and which are
let pass, why and until when; `pins/` says which version of each scanner runs.
"""
