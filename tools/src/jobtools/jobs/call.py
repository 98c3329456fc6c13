"""What does every command of `jobs` get? Layer: tools, main thread: who looks (session) and how it is told (screen), from the common options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from jobtools.jobs.screen import Screen
    from jobtools.jobs.session import Session


@dataclass(frozen=True)
class Call:
    """One run of `jobs`; a command's `typer.Context.obj`."""

    session: Session
    screen: Screen


def call_of(ctx: typer.Context) -> Call:
    """Of the command that runs."""
    call = ctx.find_root().obj
    assert isinstance(call, Call)
    return call
