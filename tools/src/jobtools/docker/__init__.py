"""How do the tools talk to Docker? Through its command line: that knows the person's contexts, credentials and plugins.

Layer: tools; below images, fargate, door and forward. Any thread: nothing here is changed after it was made.

    program  runs `docker ...`; what went wrong as an error with the command in it
    engine   is there all that we need? If not: what to install or to start
"""

from jobtools.docker.engine import check_docker
from jobtools.docker.program import Docker, DockerFailed, NoDocker

__all__ = ["Docker", "DockerFailed", "NoDocker", "check_docker"]
