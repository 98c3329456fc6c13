"""The tables of the services, and the job types that are sent somewhere where no table has a line for them: told where they are sent.

`python -m devkit.tables` prints the tables: a process of its own, since they import their handlers, and change while `dev` runs.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devkit.services import TRIGGERS, declared_services, module_of
from jobqueue.messages.job import stated_fields
from jobqueue.messages.trigger import DEFAULT_JOB_TYPE
from jobqueue.service import QUEUE_URL

if TYPE_CHECKING:
    from jobqueue import Service

SENDS = ("send_job", "asend_job")
BATCHES = ("batch", "abatch")


@dataclass(frozen=True)
class Table:
    """One service's. `types`: of jobs; None where triggers come, of which none is unknown. `sent`: the job types that its routes and its sources
    name. `file`: where the table is."""

    receives: str
    types: tuple[str, ...] | None
    routes: Mapping[str, str]
    default: str | None
    sent: tuple[str, ...]
    file: str


class Tables:
    """All that could be read, by the services' names. A service whose table cannot be imported says so itself when it starts."""

    def __init__(self, by_service: Mapping[str, Table]) -> None:
        self._by_service = by_service
        self._by_queue = {table.receives: name for name, table in by_service.items()}

    def forgotten(self, triggers: Iterable[str] = ()) -> list[str]:
        """What to say of each job type without a line where it goes: those that the services name, and that these bodies of triggers ask for."""
        named = [(name, job_type) for name, table in self._by_service.items() for job_type in table.sent]
        first = self._by_queue.get(TRIGGERS)
        asked = [] if first is None else [(first, job_type) for body in triggers for job_type in _asked_for(body)]
        return [text for sender, job_type in dict.fromkeys([*named, *asked]) if (text := self._fault(sender, job_type))]

    def _fault(self, sender: str, job_type: str) -> str:
        ours = self._by_service[sender]
        queue = ours.routes.get(job_type, ours.default)
        receiver = self._by_queue.get(queue or "")
        if receiver is None or (types := self._by_service[receiver].types) is None or job_type in types:
            return ""
        theirs = self._by_service[receiver].file
        return (
            f"{job_type}: {sender} sends it to {queue}, and {receiver} has no line for it (it has {', '.join(types)}): nobody will do it. "
            f"Add the line in {theirs}, or a route to who has it in {ours.file}."
        )


def read_tables() -> Tables:
    """The tables as the files are now."""
    done = subprocess.run([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return Tables({name: Table(**{**one, "sent": tuple(one["sent"])}) for name, one in found.items()})


def _asked_for(body: str) -> Iterator[str]:
    fields = stated_fields(body)
    job_type = fields.get("jobType") or DEFAULT_JOB_TYPE
    if (
        isinstance(fields.get("trigger"), str)
        and isinstance(job_type, str)
        and fields.get("triggerBackgroundJob", True)
    ):
        yield job_type


def _table_of(name: str, receives: str) -> Table:
    service: Service = import_module(f"{module_of(name)}.__main__").SERVICE
    module, _, attribute = service.catalogue.partition(":")
    imported = import_module(module)
    catalogue: Any = getattr(imported, attribute)
    roles = ("sends",) if catalogue.follows else ("sends", "receives")
    fields = [field.name for field in dataclasses.fields(service.settings) if field.metadata.get("role") in roles]
    queues = [field.removesuffix(QUEUE_URL).replace("_", "-") for field in fields]
    assert imported.__file__ is not None
    return Table(
        receives,
        None if catalogue.follows else tuple(catalogue.table),
        dict(catalogue.routes.table),
        catalogue.routes.checked(queues, str).default,
        tuple(dict.fromkeys([*catalogue.routes.table, *_sent_in(Path(imported.__file__).parent)])),
        f"services/{name}/src/{module.replace('.', '/')}.py",
    )


def _sent_in(sources: Path) -> Iterator[str]:
    """The job types that calls of `send_job` and `batch` give as plain text."""
    for file in sorted(sources.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                then = [one.value for one in node.keywords if one.arg == "then"]
                if node.func.attr in SENDS:
                    yield from _text(node.args[:1])
                elif node.func.attr in BATCHES and then:
                    for one in (*node.args[:1], *then):
                        yield from _types_in(one)


def _types_in(jobs: ast.expr) -> Iterator[str]:
    """Those of `("type", ...)`, alone, or in a list or a comprehension that is written in the call."""
    if isinstance(jobs, ast.ListComp | ast.GeneratorExp):
        yield from _types_in(jobs.elt)
    elif isinstance(jobs, ast.Starred):
        yield from _types_in(jobs.value)
    elif isinstance(jobs, ast.Tuple) and (named := _text(jobs.elts[:1])):
        yield from named
    elif isinstance(jobs, ast.List | ast.Tuple):
        for one in jobs.elts:
            yield from _types_in(one)


def _text(nodes: list[ast.expr]) -> list[str]:
    return [one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _print() -> None:
    found = {}
    for name, declared in declared_services().items():
        try:
            found[name] = dataclasses.asdict(_table_of(name, declared.receives))
        except Exception:  # noqa: BLE001, S112 (whatever an import raises, its own start says)
            continue
    print(json.dumps(found))


if __name__ == "__main__":
    _print()
