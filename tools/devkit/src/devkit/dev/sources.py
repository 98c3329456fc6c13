"""Files whose change starts a service anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from watchfiles import PythonFilter, watch

from jobctl.checkout import REPOSITORY

LIBRARY = REPOSITORY / "libs" / "common" / "src"
DEBOUNCE_MS = 200
"""Files that an editor or a formatter saves together are one change."""


def sources_of(services: Iterable[str], root: Path = REPOSITORY) -> Mapping[str, Path]:
    """The folder of each service's source."""
    return {name: root / "services" / name / "src" for name in services}


def concerned(changed: Iterable[Path], sources: Mapping[str, Path], shared: Path = LIBRARY) -> set[str]:
    """The services that a change of these files concerns: one, or all where the library changed."""
    found = set()
    for path in changed:
        found |= {
            name for name, folder in sources.items() if path.is_relative_to(shared) or path.is_relative_to(folder)
        }
    return found


@contextmanager
def watched(folders: Iterable[Path], changed: Callable[[set[Path]], object]) -> Iterator[None]:
    """Calls `changed`, in a thread of its own, with the Python files that were saved, within the context."""
    ended = Event()

    def run() -> None:
        for changes in watch(
            *folders,
            watch_filter=PythonFilter(),
            debounce=DEBOUNCE_MS,
            stop_event=ended,
            rust_timeout=500,
            raise_interrupt=False,
        ):
            changed({Path(path) for _, path in changes})

    thread = Thread(target=run, name="sources", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
