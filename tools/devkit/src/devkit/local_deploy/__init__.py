"""Target of `--local`: what replaces AWS on this machine.

registry   a real image registry on loopback, in place of ECR's
ecr        entries of its images in the local ECR
images     the step `images`, with both of them
up         all of it, with what runs the tasks
"""

from devkit.local_deploy.up import open_local

__all__ = ["open_local"]
