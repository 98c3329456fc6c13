"""The commands of `jobctl`, their common options, and the reporting of errors.

Common options may stand before or after the command, as with the AWS CLI. Every error is reported here: what went wrong, what to do
next, an exit code.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from jobctl.aws_errors import explain
from jobctl.cli import Cli
from jobctl.errors import CommandError
from jobctl.output import Output
from jobctl.session import Session, SessionOptions

VALUED = ("--project", "--environment", "--profile", "--region", "--endpoint-url")
FLAGS = ("--json",)
HELP = """See what goes on in a stack and what happened to a job; repair. Needs AWS credentials and nothing else.

The options below hold for every command and may follow it. Exit codes: 0 done, 1 failed, 2 wrong command line, 3 credentials or permissions,
4 not found, 5 the awaited job is a dead letter, 6 it has not ended, 130 Ctrl-C."""


def common_options_first(arguments: Sequence[str]) -> list[str]:
    """The same arguments, with the common options first; what follows `--` stays in place."""
    common: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for one in left:
        if one == "--":
            rest += [one, *left]
        elif one in FLAGS or one.startswith(tuple(f"{name}=" for name in VALUED)):
            common.append(one)
        elif one in VALUED:
            common += [one, *(value for value in [next(left, None)] if value is not None)]
        else:
            rest.append(one)
    return [*common, *rest]


class Commands(TyperGroup):
    """All commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See `common_options_first`."""
        return super().parse_args(ctx, common_options_first(args))

    def invoke(self, ctx: Any) -> Any:
        """Runs a command; errors are reported on stderr."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            cli = ctx.obj
            if not isinstance(cli, Cli):
                raise
            wrong = explain(error, _stack_name(cli))
            if wrong is None:
                raise
            cli.output.errors.print(f"jobctl: {wrong}")
            raise typer.Exit(wrong.exit_code) from error


def _stack_name(cli: Cli) -> str:
    try:
        options = cli.session.options
    except CommandError:
        return ""
    return f"{options.project}-{options.environment}"


app = typer.Typer(cls=Commands, no_args_is_help=True, help=HELP, pretty_exceptions_enable=False)


@app.callback()
def common(
    ctx: typer.Context,
    project: Annotated[str | None, typer.Option(help="The project.", show_envvar=False)] = None,
    environment: Annotated[str | None, typer.Option(help="The environment: dev, prod, ...")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS CLI's profile.")] = None,
    region: Annotated[str | None, typer.Option(help="The AWS Region.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Address of another AWS, such as an emulated one.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of tables.")] = False,
) -> None:
    """See `HELP`."""
    ctx.obj = Cli(Session(SessionOptions(project, environment, profile, region, endpoint_url)), Output(as_json=json))


def _add_commands() -> None:
    for name in ("submit", "cancel", "status", "list", "show", "step", "logs", "trace", "tail", "tasks", "watch"):
        command = import_module(f"jobctl.commands.{name}")
        app.command(name)(command.run)
    app.add_typer(import_module("jobctl.commands.dead").dead, name="dead")
    pausing = import_module("jobctl.commands.pause")
    app.command("pause")(pausing.pause)
    app.command("resume")(pausing.resume)


_add_commands()
