"""What every command of `jobctl` is given: the session and the screen, made from the common options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from jobctl.screen import Screen
    from jobctl.session import Session


@dataclass(frozen=True)
class Call:
    """One run of `jobctl`; a command's `typer.Context.obj`."""

    session: Session
    screen: Screen


def call_of(ctx: typer.Context) -> Call:
    """The call of the command that is running."""
    call = ctx.find_root().obj
    assert isinstance(call, Call)
    return call
