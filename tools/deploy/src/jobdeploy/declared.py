"""Services that the stack declares, read from the text of its main.tf; Terraform is not run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jobdeploy.terraform_files import read_file, read_local


@dataclass(frozen=True)
class Declared:
    """A service as the stack declares it: its queues by their short names."""

    receives: str
    sends: tuple[str, ...]
    job_logs: bool

    def addresses(self) -> frozenset[str]:
        """The names under which it finds its queues in its environment."""
        urls = {f"{upper(queue)}_QUEUE_URL" for queue in (self.receives, *self.sends)}
        return frozenset({*urls, f"{upper(self.receives)}_DLQ_URL"})


def read_declared(stack: Path) -> dict[str, Declared]:
    """The services in the stack's `main.tf`, by name. Raises ValueError or KeyError where it is not written as it is here."""
    declared = read_local(read_file(stack / "main.tf"), "services")
    return {name: Declared(one["receives"], tuple(one["sends"]), one["job_logs"]) for name, one in declared.items()}


def upper(queue: str) -> str:
    """A queue's name in the names of environment variables."""
    return queue.upper().replace("-", "_")
