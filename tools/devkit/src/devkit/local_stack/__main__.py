"""Command line: `python -m devkit.local_stack [up | reload SERVICE | scale SERVICE N | kill SERVICE | logs [SERVICE] | down]`.

Exit codes: 0 done; 1 something failed, the last lines say what; 2 wrong arguments, or something to install; 3 nothing is up, or it is up already;
130 Ctrl-C before it was up.
"""

from __future__ import annotations

import os
import sys

from devkit.local_stack.options import read_arguments
from jobctl.stop import Stopped, StopSignals

STOPPED_EXIT_CODE = 130
"""128 + SIGINT, as shells have it."""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    options = read_arguments(sys.argv[1:] if arguments is None else arguments)
    with StopSignals() as stop:
        # What takes long to import comes after the signal handlers.
        from botocore.exceptions import BotoCoreError, ClientError

        from devkit.infra_check.terraform import TerraformError
        from devkit.local_stack import commands
        from devkit.local_stack.reload import reload
        from devkit.local_stack.state_file import AlreadyRunningError, NotRunningError, running
        from devkit.local_stack.up import up
        from jobctl.errors import CommandError, UsageError
        from localaws.aws import only_local_credentials
        from localaws.docker import Docker, DockerFailed, NoDocker
        from localaws.processes import ProcessDied

        docker = Docker(dict(os.environ))  # with the user's own contexts and credentials
        only_local_credentials(os.environ)
        try:
            if options.command == "up":
                grafana_port = options.grafana_port if options.grafana else None
                up(
                    stop,
                    docker,
                    options.environment,
                    options.port,
                    dict(options.var),
                    grafana_port,
                    options.env_file,
                )
            elif options.command == "reload":
                reload(stop, docker, running(), options.service)
            elif options.command == "scale":
                commands.scale(stop, docker, options.service, options.tasks)
            elif options.command == "kill":
                commands.kill(docker, options.service)
            elif options.command == "logs":
                commands.logs(stop, options.service, follow=options.follow)
            else:
                commands.down(stop, docker)
        except (NoDocker, UsageError, commands.UnknownServiceError) as error:
            return _fail(error, 2)
        except (AlreadyRunningError, NotRunningError) as error:
            return _fail(error, 3)
        except (DockerFailed, TerraformError, CommandError, ProcessDied, TimeoutError) as error:
            return _fail(error, 1)
        except (BotoCoreError, ClientError) as error:
            return _fail(RuntimeError(f"The local AWS: {error}"), 1)
        except (Stopped, KeyboardInterrupt):
            if options.command == "logs":
                return 0
            print("\nStopped.", file=sys.stderr)
            return STOPPED_EXIT_CODE
    return 0


def _fail(error: Exception, code: int) -> int:
    print(f"\n{error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
