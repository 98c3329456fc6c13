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

from jobctl.call import Call
from jobctl.exits import DeployError
from jobctl.screen import Screen
from jobctl.session import Session, Wishes
from jobctl.trouble import explained

VALUED = ("--project", "--environment", "--profile", "--region", "--endpoint-url")
FLAGS = ("--json",)
HELP = """What goes on, and what happened to this job? Needs AWS credentials and nothing else.

The options below hold for every command, and may stand behind it. Exit codes: 0 done, 1 it failed, 2 the command line, 3 credentials or rights,
4 nothing found, 5 the awaited job is a dead letter, 6 it has not ended, 130 Ctrl-C."""


def common_first(arguments: Sequence[str]) -> list[str]:
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
        """See `common_first`."""
        return super().parse_args(ctx, common_first(args))

    def invoke(self, ctx: Any) -> Any:
        """Runs a command; errors are reported on stderr."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            call = ctx.obj
            if not isinstance(call, Call):
                raise
            wrong = error if isinstance(error, DeployError) else explained(error, _stack_name(call))
            if wrong is None:
                raise
            call.screen.errors.print(f"jobctl: {wrong}")
            raise typer.Exit(wrong.exit_code) from error


def _stack_name(call: Call) -> str:
    try:
        wishes = call.session.wishes
    except DeployError:
        return ""
    return f"{wishes.project}-{wishes.environment}"


app = typer.Typer(cls=Commands, no_args_is_help=True, help=HELP, pretty_exceptions_enable=False)


@app.callback()
def common(
    ctx: typer.Context,
    project: Annotated[str | None, typer.Option(help="Of which project.", show_envvar=False)] = None,
    environment: Annotated[str | None, typer.Option(help="Of which environment: dev, prod, ...")] = None,
    profile: Annotated[str | None, typer.Option(help="A profile of the AWS CLI.")] = None,
    region: Annotated[str | None, typer.Option(help="The AWS Region.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Another AWS, such as a local one.")] = None,
    json: Annotated[bool, typer.Option("--json", help="JSON on stdout instead of tables.")] = False,
) -> None:
    """See `HELP`."""
    ctx.obj = Call(Session(Wishes(project, environment, profile, region, endpoint_url)), Screen(as_json=json))


def _mount() -> None:
    for name in ("submit", "status", "list", "show", "logs", "trace", "tail", "tasks", "watch"):
        command = import_module(f"jobctl.commands.{name}")
        app.command(name)(command.run)
    repair = import_module("jobctl.dead_letters.commands")
    app.add_typer(repair.dead, name="dead")
    app.command("pause")(repair.pause)
    app.command("resume")(repair.resume)


_mount()
