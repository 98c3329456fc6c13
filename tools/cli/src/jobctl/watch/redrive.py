"""The thread that redrives letters from within the live view, in the same steps as `jobctl dead redrive` (`repair.take`).

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

from jobctl.dead_letters.letter_queues import Looked
from jobctl.dead_letters.pace import Pace
from jobctl.dead_letters.selection import Selection
from jobctl.dead_letters.take import Take, Taken
from jobctl.dead_letters.taken_file import TakenFile
from jobctl.dead_letters.views import taken_view
from jobctl.stop import Stopped
from jobctl.trouble import explained
from jobqueue.consumer.ports import QueueError


class Moved(Message, bubble=False):
    """The number of letters that are settled."""

    def __init__(self, done: int, of: int) -> None:
        super().__init__()
        self.done = done
        self.of = of


class Ended(Message, bubble=False):
    """The redrive has ended; `view` shows its result."""

    def __init__(self, view: RenderableType) -> None:
        super().__init__()
        self.view = view


class Redrive(Thread):
    """Sends the letters of `looked` back, and posts `Moved` and then `Ended`. `view` is set when it has ended. `path`: of the file of letters."""

    def __init__(self, looked: Sequence[Looked], path: Path, post: Callable[[Message], object], stack: str) -> None:
        super().__init__(name="redrive", daemon=False)
        self.view: RenderableType | None = None
        self.count = sum(len(one.letters) for one in looked)
        self._looked = looked
        self._path = path
        self._post = post
        self._stack = stack
        self._asked_to_end = Event()
        self._all = Taken()

    def stop(self) -> None:
        """Stops after the letters that were received. Any thread."""
        self._asked_to_end.set()

    def run(self) -> None:
        """See the class."""
        said: list[RenderableType] = []
        try:
            with TakenFile(self._path) as file:
                for one in self._looked:
                    if one.letters and self._all.broken is None:
                        self._take(one, file)
        except Stopped:
            said.append(Text("Stopped: the others are still dead."))
        except OSError as error:
            said.append(Text(f"{self._path} cannot be written: {error}. No letter was lost."))
        except QueueError as error:
            said.append(self._told(error))
        finally:
            if self._all.broken is not None:
                said.append(self._told(self._all.broken))
            self.view = Group(taken_view("redrive", self._all, self.count, str(self._path)), *said)
            self._tell(Ended(self.view))

    def _take(self, one: Looked, file: TakenFile) -> None:
        before = len(self._all.done)
        ids = {letter.message_id for letter in one.letters}
        take = Take(
            one.queue,
            "redrive",
            file,
            Pace(None, clock=time.monotonic, wait=self._wait),
            Selection(ids=frozenset(ids)),
            wait=self._wait,
            told=lambda done: self._tell(Moved(before + done, self.count)),
        )
        try:
            take.run(ids)
        finally:
            self._all.add(take.taken)

    def _wait(self, seconds: float) -> None:
        if self._asked_to_end.wait(seconds):
            raise Stopped

    def _told(self, error: QueueError) -> Text:
        wrong = explained(error, self._stack)
        return Text(str(error) if wrong is None else str(wrong))

    def _tell(self, message: Message) -> None:
        with suppress(RuntimeError):  # the view has ended before us
            self._post(message)
