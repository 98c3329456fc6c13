"""Command line: `python -m devkit.local_stack [up | scale SERVICE N | kill SERVICE | logs [SERVICE] | down]`.

Exit codes: 0 done; 1 something failed, the last lines say what; 2 wrong arguments, or something to install; 3 nothing is up, or it is up already;
130 Ctrl-C before it was up.
"""

from __future__ import annotations

import os
import sys

from devkit.local_stack.arguments import read_arguments
from jobctl.stop import Stopped, StopSignals

STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    asked = read_arguments(sys.argv[1:] if arguments is None else arguments)
    with StopSignals() as stop:
        # What takes long to import comes after the signal handlers.
        from botocore.exceptions import BotoCoreError, ClientError

        from devkit.infra_check.terraform import TerraformFailed
        from devkit.local_stack import commands
        from devkit.local_stack.note import AlreadyUp, NothingUp
        from devkit.local_stack.up import up
        from jobctl.errors import DeployError, UsageError
        from jobdeploy.terraform_version import NoTerraform
        from localaws.aws import only_local_credentials
        from localaws.docker import Docker, DockerFailed, NoDocker
        from localaws.processes import ProcessDied

        docker = Docker(dict(os.environ))  # with the user's own contexts and credentials
        only_local_credentials(os.environ)
        try:
            if asked.command == "up":
                grafana_port = asked.grafana_port if asked.grafana else None
                up(stop, docker, asked.environment, asked.port, dict(asked.var), grafana_port)
            elif asked.command == "scale":
                commands.scale(stop, docker, asked.service, asked.tasks)
            elif asked.command == "kill":
                commands.kill(docker, asked.service)
            elif asked.command == "logs":
                commands.logs(stop, asked.service, follow=asked.follow)
            else:
                commands.down(stop, docker)
        except (NoDocker, NoTerraform, UsageError, commands.NoSuchService) as error:
            return _said(error, 2)
        except (AlreadyUp, NothingUp) as error:
            return _said(error, 3)
        except (DockerFailed, TerraformFailed, DeployError, ProcessDied, TimeoutError) as error:
            return _said(error, 1)
        except (BotoCoreError, ClientError) as error:
            return _said(RuntimeError(f"The local AWS: {error}"), 1)
        except (Stopped, KeyboardInterrupt):
            if asked.command == "logs":
                return 0
            print("\nStopped.", file=sys.stderr)
            return STOPPED_EXIT_CODE
    return 0


def _said(error: Exception, code: int) -> int:
    print(f"\n{error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
