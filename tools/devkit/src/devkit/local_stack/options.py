"""Command-line arguments of `nox -s local`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from devkit.demo.options import read_variables

EXAMPLES = """\
One terminal:      nox -s local                                  (the same as: -- up)
                   nox -s local -- up --grafana                  (with dashboards, at http://127.0.0.1:3000)
Another:           nox -s local -- reload background-job         (with its files as they are now)
                   nox -s local -- scale background-job 3
                   nox -s local -- kill background-job           (SIGKILL, as when a host dies: its job goes on elsewhere)
                   nox -s local -- logs background-job --follow
                   nox -s local -- down                          (or Ctrl-C in the first)
"""


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """`command` is one of up, reload, scale, kill, logs, down; the others are that command's own. Exits with 2 where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="nox -s local --",
        description="The whole system in containers, on a local AWS, as Terraform registered it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    up = commands.add_parser("up", help="build, apply, run; stay in the foreground, Ctrl-C cleans up (default)")
    up.add_argument("--environment", default="dev", help="the environment whose values to take (default: dev)")
    up.add_argument("--port", type=int, default=0, help="of the local AWS; 0 takes a free one (default)")
    up.add_argument(
        "--var",
        action="append",
        default=[],
        type=_value,
        metavar="NAME=VALUE",
        help="a variable of the stack, above the environment's; VALUE as JSON, or text",
    )
    up.add_argument(
        "--env-file", type=Path, metavar="FILE", help="variables for the services, lines NAME=VALUE; none of AWS's"
    )
    up.add_argument("--grafana", action="store_true", help="Grafana beside it, with the dashboards of grafana/")
    up.add_argument("--grafana-port", type=int, default=3000, help="on loopback; 0 takes a free one (default: 3000)")
    reload = commands.add_parser("reload", help="build a service's image anew, and replace its tasks at once")
    reload.add_argument("service")
    scale = commands.add_parser(
        "scale", help="set the number of tasks of a service, as `aws ecs update-service --desired-count`"
    )
    scale.add_argument("service")
    scale.add_argument("tasks", type=int)
    kill = commands.add_parser("kill", help="send SIGKILL to the worker of a service's oldest task")
    kill.add_argument("service")
    logs = commands.add_parser("logs", help="output of containers, from the local CloudWatch")
    logs.add_argument("service", nargs="?", help="only of this one")
    logs.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    commands.add_parser("down", help="end what is up, and remove what a killed run left")
    options = parser.parse_args(arguments or ["up"])
    if options.command == "up":
        options.env_file = read_variables(parser, options.env_file)
    return options


def _value(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
