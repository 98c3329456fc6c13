"""What every command of `jobctl` is given: the session and the output, made from the common options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from jobctl.output import Output
    from jobctl.session import Session


@dataclass(frozen=True)
class Cli:
    """One run of `jobctl`; a command's `typer.Context.obj`."""

    session: Session
    output: Output


def cli_of(ctx: typer.Context) -> Cli:
    """The `Cli` of the command that is running."""
    cli = ctx.find_root().obj
    assert isinstance(cli, Cli)
    return cli
