"""Command line: `python -m devkit.dev [--port PORT] [--env-file FILE] [submit TYPE [DATA]]`.

Exit codes: 0 sent, or ended by Ctrl-C; 1 the local AWS did not start, or ended; 2 wrong arguments or data; 3 nothing to submit to.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from devkit.demo.options import read_variables
from jobctl.stop import Stopped, StopSignals

PORT = 4510
"""Of the local AWS: a fixed one, by which `submit` finds it."""


def main(arguments: list[str] | None = None) -> int:
    """The process's exit code."""
    options = _arguments(arguments)
    with StopSignals() as stop:
        # What takes long to import comes after the signal handlers.
        from localaws.aws import only_local_credentials
        from localaws.processes import ProcessDied, Processes

        only_local_credentials(os.environ)
        if options.command == "submit":
            return _submit(options.port, f"{options.type} {options.data}")
        from devkit.dev.loop import run

        try:
            with Processes("dev-") as processes:
                run(processes, stop, options.port, options.env_file)
        except ProcessDied as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        except (Stopped, KeyboardInterrupt):
            print("\nEnded. Nothing is left behind.", file=sys.stderr)
    return 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="nox -s dev --",
        description="All services on a local AWS, without Docker, started anew when a file of theirs is saved.",
    )
    parser.add_argument("--port", type=int, default=PORT, help="of the local AWS (default: %(default)s)")
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="variables for the services, lines NAME=VALUE; none of AWS's"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    command = commands.add_parser("submit", help="send a job to those that run in another terminal")
    command.add_argument("type", help="the job's type, or a whole trigger as a JSON object")
    command.add_argument("data", nargs="?", default="", help="a JSON object (default: {})")
    options = parser.parse_args(arguments)
    options.env_file = read_variables(parser, options.env_file)
    return options


def _submit(port: int, line: str) -> int:
    from botocore.exceptions import BotoCoreError, ClientError

    from devkit.dev.loop import PREFIX
    from devkit.dev.submit import submit
    from devkit.services import TRIGGERS
    from devkit.tables import read_tables
    from jobqueue.client import InvalidRequestError, JobClient
    from localaws.aws import LocalAws

    try:
        sqs = LocalAws(f"http://127.0.0.1:{port}").sqs()
        url = sqs.get_queue_url(QueueName=f"{PREFIX}{TRIGGERS}")["QueueUrl"]
        sent = submit(JobClient(queue_url=url, clients=lambda _: sqs, environ={}), line)
        print(sent.job_id)
        for forgotten in read_tables().forgotten([sent.message.body]):
            print(forgotten, file=sys.stderr)
    except InvalidRequestError as error:
        print(f"{error.what} Next: {error.next_step}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError):
        print(f"Nothing runs at port {port}. Start it in another terminal: nox -s dev", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
