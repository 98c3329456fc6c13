"""What every command of `jobctl` is given: the session and the output, made from the common options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from jobctl.aws_errors import explain
from jobqueue.client.errors import JobClientError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

    from jobctl.output import Output
    from jobctl.session import Session
    from jobqueue.client import JobClient

T = TypeVar("T")


@dataclass(frozen=True)
class Cli:
    """One run of `jobctl`; a command's `typer.Context.obj`."""

    session: Session
    output: Output

    def recorded(self, read: Callable[[JobClient], T]) -> T | None:
        """What job records answer. None: the stack keeps none, they do not know the job, or they cannot be read, which is told; then logs are."""
        if self.session.stack.job_table is None:
            return None
        try:
            return read(self.session.jobs)
        except NotFoundError:
            return None
        except JobClientError as error:
            told = explain(error, self.session.stack.name) or error
            self.output.note(f"Job records cannot be read, so logs are: {str(told).splitlines()[0]}")
            return None


def cli_of(ctx: typer.Context) -> Cli:
    """The `Cli` of the command that is running."""
    cli = ctx.find_root().obj
    assert isinstance(cli, Cli)
    return cli
