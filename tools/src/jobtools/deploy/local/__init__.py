"""What does `--local` deploy to? Layer: tools; above everything in jobtools.deploy.

registry   a real image registry on loopback, which stands for ECR's
ecr        the local ECR is told what is in it
pictures   the step `pictures`, with both of them
up         all of it, with what runs the tasks
"""

from jobtools.deploy.local.up import open_local

__all__ = ["open_local"]
