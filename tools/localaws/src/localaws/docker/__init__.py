"""Docker, used through its command line, which knows the person's contexts, credentials and plugins.

program  runs `docker ...`; an error has the command in it
engine   check that engine, Compose and buildx are there; if not, what to install or to start
"""

from localaws.docker.engine import check_docker
from localaws.docker.program import Docker, DockerFailed, NoDocker

__all__ = ["Docker", "DockerFailed", "NoDocker", "check_docker"]
