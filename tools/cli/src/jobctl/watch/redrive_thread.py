"""The thread that redrives letters from within the live view, in the same steps as `jobctl dead redrive` (`dead_letters.redrive`).

It is not a daemon: quitting waits for the letters that were received (at most ten), and the result is printed on the terminal. If it is killed,
no letter is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from rich.console import Group, RenderableType
from rich.text import Text
from textual.message import Message

from jobctl.aws_errors import explain
from jobctl.dead_letters.queues import SelectedLetters
from jobctl.dead_letters.redrive import RedriveResult, take_out
from jobctl.dead_letters.selection import Selection
from jobctl.dead_letters.views import result_view
from jobctl.pace import Pace
from jobctl.stop import Stopped
from jobqueue.consumer.ports import QueueError


class RedriveProgress(Message, bubble=False):
    """The number of letters that are settled."""

    def __init__(self, done: int, of: int) -> None:
        super().__init__()
        self.done = done
        self.of = of


class RedriveEnded(Message, bubble=False):
    """The redrive has ended; `view` shows its result."""

    def __init__(self, view: RenderableType) -> None:
        super().__init__()
        self.view = view


class RedriveThread(Thread):
    """Sends the letters of `looked` back, and posts `RedriveProgress` and then `RedriveEnded`. `view`: the result, once it has ended."""

    def __init__(
        self, looked: Sequence[SelectedLetters], path: Path, post: Callable[[Message], object], stack: str
    ) -> None:
        super().__init__(name="redrive", daemon=False)
        self.view: RenderableType | None = None
        self.count = sum(len(one.letters) for one in looked)
        self._looked = looked
        self._path = path
        self._post = post
        self._stack = stack
        self._asked_to_end = Event()
        self._all = RedriveResult()

    def stop(self) -> None:
        """Stops after the letters that were received. Any thread."""
        self._asked_to_end.set()

    def run(self) -> None:
        """See the class."""
        notes: list[RenderableType] = []
        try:
            take_out(
                self._looked,
                "redrive",
                self._path,
                Selection(everything=True),
                pace=Pace(None, clock=time.monotonic, wait=self._wait),
                wait=self._wait,
                on_progress=lambda _, done: self._tell(RedriveProgress(len(self._all.done) + done, self.count)),
                result=self._all,
            )
        except Stopped:
            notes.append(Text("Stopped: the others are still dead letters."))
        except OSError as error:
            notes.append(Text(f"Cannot write {self._path}: {error}. No letter was lost."))
        except QueueError as error:
            notes.append(self._explained(error))
        finally:
            if self._all.broken is not None:
                notes.append(self._explained(self._all.broken))
            self.view = Group(result_view("redrive", self._all, self.count, str(self._path)), *notes)
            self._tell(RedriveEnded(self.view))

    def _wait(self, seconds: float) -> None:
        if self._asked_to_end.wait(seconds):
            raise Stopped

    def _explained(self, error: QueueError) -> Text:
        wrong = explain(error, self._stack)
        return Text(str(error) if wrong is None else str(wrong))

    def _tell(self, message: Message) -> None:
        with suppress(RuntimeError):  # the view has ended before us
            self._post(message)
