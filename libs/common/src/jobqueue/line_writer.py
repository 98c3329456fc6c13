"""Writer of lines to standard output, whatever reads it and whatever handlers do to it.

    write -> arrived -> kept (bounded) -> one write(2) for many lines

No lock is ever waited for: a line may be written anywhere, also where the garbage collector or a signal interrupts this very code. Lines go into
a deque, whose `append` needs no lock, and the thread that takes the lead without waiting writes for all (flat combining); one that does not
get it leaves its line to the leader.

Standard output is opened anew (`/proc/self/fd/1`), non-blocking for us alone: a stalled reader holds up no thread here, no flag that a child
sets on the shared description reaches us, nor what a handler does to file descriptor 1 or to `sys.stdout`.
"""

from __future__ import annotations

import os
import select
import stat
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from fcntl import F_DUPFD_CLOEXEC, fcntl
from queue import SimpleQueue
from threading import Lock, Thread, get_ident

from jobqueue import forks

WRITE_AFTER_SECONDS = 0.1
"""How long lines wait for others, where none is urgent."""

MAX_KEPT_BYTES = 8 * 1024 * 1024
"""What waits for a stalled reader, or for an error to end; then the oldest lines are dropped. Ours: 20,000 lines of 400 bytes."""

MAX_CHUNK_BYTES = 64 * 1024
"""One write(2): what a pipe holds (pipe(7))."""

ATOMIC_BYTES = select.PIPE_BUF
"""A write of this much to a pipe is whole or not at all, and is never mixed with another process's (pipe(7))."""

RETRY_SECONDS = 1.0
"""Between tries where writing failed."""

FLUSH_SECONDS = 2.0
"""The longest wait of a `flush`, and of a forked child for room."""

MAX_PAUSE_SECONDS = 0.05
"""How long a thread that logs is held up for a line where more than half of `MAX_KEPT_BYTES` waits and the reader reads on."""

LINES_THREAD = "log-lines"

_LINE_OVERHEAD_BYTES = 48
"""A bytes object's own size and its place in a deque."""

_Identity = tuple[int, int]


class LineWriter:
    """Owns standard output's lines. Any thread, finalizers and signal handlers; nothing here raises.

    In a forked child each line is written at once, by who logs it: such a child often ends with `os._exit`. What waited in the parent stays there.
    """

    def __init__(self, say: Callable[[str], bytes], fd: int | None = None) -> None:
        """`say` makes a line of a text about lines that were lost. `fd`: another place than standard output; it becomes ours."""
        self._say = say
        self._origins = {number: _identity(number) for number in (1, 2)}
        self._fd, self._guarded = (fd, _can_block(fd)) if fd is not None else self._opened()
        self._identity = _identity(self._fd)
        self._is_fork = False
        self._reset()
        forks.in_child(self._forked)
        Thread(target=self._run, name=LINES_THREAD, daemon=True).start()

    def _reset(self) -> None:
        self._arrived: deque[bytes] = deque()  # any thread
        self._wake: SimpleQueue[None] = SimpleQueue()  # its `put` may interrupt itself; an Event's `set` may not
        self._awake = False
        self._hurried = False
        self._leading = Lock()
        self._leader: int | None = None
        self._thread_ended = Lock()
        self._thread_ended.acquire()
        self._closed = False
        # From here on: who leads.
        self._kept: deque[bytes] = deque()
        self._kept_bytes = 0
        self._chunk = b""  # what of a write was not taken
        self._left = False  # whether who led last had to leave something
        self._within_line = False
        self._lost = 0
        self._failing = False
        self._retry_at = 0.0
        self._sent_at = time.monotonic()
        self._crowded = False

    def write(self, line: bytes, *, at_once: bool = False) -> None:
        """Takes a line with its line end. `at_once`: it and what waits is written before this returns, if there is room for it."""
        try:
            self._arrived.append(line)
            if at_once or self._crowded or self._is_fork:
                if self._crowded:
                    self._wait_for_room(MAX_PAUSE_SECONDS)
                self._write_out()
                if self._is_fork and self._waits():
                    self.flush()
            elif not self._awake:
                self._awake = True
                self._wake.put(None)
        except Exception:  # noqa: BLE001, S110 (out of memory, too deep a recursion: the thread writes it)
            pass

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Writes what waits, for at most `seconds`. False where something is left."""
        until = time.monotonic() + seconds
        while True:
            self._write_out()
            if not self._waits():
                return True
            left = until - time.monotonic()
            if left <= 0 or self._failing or self._leader == get_ident():  # (in the middle of our own writing)
                return False
            self._wait_for_room(min(left, MAX_PAUSE_SECONDS))
            time.sleep(0.001)  # who leads may be the one that we wait for

    def close(self) -> None:
        """Ends the thread and closes the file, once all is written or `FLUSH_SECONDS` are over."""
        self.flush()
        self._closed = True
        self._wake.put(None)
        self._thread_ended.acquire(timeout=FLUSH_SECONDS)
        with suppress(OSError):
            os.close(self._fd)

    def _forked(self) -> None:
        self._reset()
        self._is_fork = True

    def _run(self) -> None:
        while not self._closed:
            self._wake.get()
            time.sleep(WRITE_AFTER_SECONDS)
            while True:
                self._awake = False  # before the writing: what comes from here on wakes us again
                with suppress(Exception):  # out of memory
                    self._write_out()
                if not self._waits() or self._closed:
                    break
                self._wait_for_room(WRITE_AFTER_SECONDS)
        self._thread_ended.release()

    def _waits(self) -> bool:
        """In this order: what has left `_arrived` was taken by a leader, who leads still or has said whether something is left."""
        return bool(self._arrived) or self._leading.locked() or self._left

    def _write_out(self) -> None:
        """Writes what there is room for, unless somebody is at it, who then does it."""
        self._hurried = True
        while self._hurried and self._leading.acquire(blocking=False):
            try:
                self._leader = get_ident()
                self._hurried = False
                self._take_in()
                self._send()
            finally:
                self._left = bool(self._kept or self._chunk)
                self._leader = None
                self._leading.release()  # who came meanwhile and could not lead has set `_hurried`: look again

    def _take_in(self) -> None:
        for _ in range(len(self._arrived)):
            line = self._arrived.popleft()
            self._kept.append(line)
            self._kept_bytes += len(line) + _LINE_OVERHEAD_BYTES
        while self._kept_bytes > MAX_KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popleft()) + _LINE_OVERHEAD_BYTES
            self._lost += 1

    def _send(self) -> None:
        now = time.monotonic()
        if self._failing and now < self._retry_at:
            return
        if (self._chunk or self._kept) and not self._is_still_ours():
            self._reopen()
        try:
            while self._chunk or self._kept:
                self._chunk = self._chunk or self._next_chunk()
                self._put()
                self._sent_at = now
                if self._failing or self._lost:
                    self._recovered()
        except BlockingIOError:
            pass  # no room: the thread waits for it
        except OSError as error:
            self._failed(error, now)
        self._crowded = self._kept_bytes > MAX_KEPT_BYTES // 2 and now - self._sent_at < RETRY_SECONDS

    def _next_chunk(self) -> bytes:
        """Whole lines; no more than is written in one piece where another process may write in between."""
        limit = ATOMIC_BYTES if self._guarded or forks.has_forked() else MAX_CHUNK_BYTES
        lines: list[bytes] = []
        size = 0
        while self._kept and (not lines or size + len(self._kept[0]) <= limit):
            line = self._kept.popleft()
            self._kept_bytes -= len(line) + _LINE_OVERHEAD_BYTES
            size += len(line)
            lines.append(line)
        return lines[0] if len(lines) == 1 else b"".join(lines)

    def _put(self) -> None:
        if self._guarded:
            if not _has_room(self._fd, 0):
                raise BlockingIOError
            sent = os.write(self._fd, self._chunk[:ATOMIC_BYTES])
        else:
            sent = os.write(self._fd, self._chunk)
        self._within_line = sent < len(self._chunk) and self._chunk[sent - 1 : sent] != b"\n"
        self._chunk = self._chunk[sent:]

    def _failed(self, error: OSError, now: float) -> None:
        self._retry_at = now + RETRY_SECONDS
        if not self._failing:
            self._failing = True
            kept = f"the last {MAX_KEPT_BYTES // 1024 // 1024} MiB of them are kept"
            text = f"log lines cannot be written to stdout: {error}. It is tried again; {kept}"
            with suppress(OSError):
                if _identity(2) == self._origins[2] and _has_room(2, 0):
                    os.write(2, self._say(text))

    def _recovered(self) -> None:
        """Writing works again: writes how many lines were lost, in their place."""
        self._failing = False
        if self._lost and not self._within_line:
            lost, self._lost = self._lost, 0
            line = self._say(f"{lost} log lines were lost here: stdout did not take them")
            self._kept.appendleft(line)
            self._kept_bytes += len(line) + _LINE_OVERHEAD_BYTES

    def _is_still_ours(self) -> bool:
        """A handler may have closed every file descriptor; another file, a connection even, then has our number."""
        return self._identity is not None and _identity(self._fd) == self._identity

    def _reopen(self) -> None:
        self._fd, self._guarded = self._opened()
        self._identity = _identity(self._fd)
        if self._within_line:
            self._chunk = self._chunk.partition(b"\n")[2]
            self._within_line = False

    def _opened(self) -> tuple[int, bool]:
        """Standard output as it was at the start, else standard error; and whether a write to it may block. -1 where both are gone."""
        for number in (1, 2):
            identity = self._origins[number]
            if identity is None or _identity(number) != identity:
                continue
            with suppress(OSError):
                if _can_block(number):
                    with suppress(OSError):  # another user's pipe, a socket, no /proc
                        return os.open(f"/proc/self/fd/{number}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY), False
                return fcntl(number, F_DUPFD_CLOEXEC, 3), _can_block(number)
        return -1, False

    def _wait_for_room(self, seconds: float) -> None:
        if self._failing:
            time.sleep(seconds)
        else:
            _has_room(self._fd, seconds)


def _identity(fd: int) -> _Identity | None:
    try:
        found = os.fstat(fd)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _can_block(fd: int) -> bool:
    """A regular file takes everything at once; whether anything else blocks may be changed by everybody who shares its description."""
    try:
        return not stat.S_ISREG(os.fstat(fd).st_mode)
    except OSError:
        return False


def _has_room(fd: int, seconds: float) -> bool:
    """Waits until something can be written, or an error can be had."""
    poll = select.poll()
    try:
        poll.register(fd, select.POLLOUT)
        return bool(poll.poll(seconds * 1000))
    except (OSError, ValueError):  # closed
        time.sleep(seconds)
        return True
