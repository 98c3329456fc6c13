"""Ids of the jobs that one attempt at a job sends: the same again when the attempt is repeated, and never one for two jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from jobqueue.messages.digest import job_digest
from jobqueue.messages.job_id import derive_job_id, job_id_ms


@dataclass(slots=True)
class _Alike:
    """Jobs of the same type and data, or of the same place: how many were numbered, and the numbers of those that were not sent after all."""

    numbered: int = 0
    free: list[int] = field(default_factory=list)


class FurtherIds:
    """Owns what one attempt has sent. Any thread."""

    def __init__(self, job_id: str) -> None:
        self._job_id = job_id
        self._lock = Lock()
        self._alike: dict[str, _Alike] = defaultdict(_Alike)
        self._keys: dict[str, str] = {}

    @contextmanager
    def taken(self, job_type: str, data: str, key: str | None, place: str = "") -> Iterator[tuple[str, bool]]:
        """The id of a job with `data` (JSON text), and whether it is still to be sent; left with an error, the job counts as not sent. Without a
        key it follows from `place`, where there is one, in place of the data.

        Raises:
            ValueError: this attempt gave the key to another job.
        """
        content = job_digest(job_type, data)
        group = place or f"content\n{content}"
        number = 0
        with self._lock:
            if key is None:
                alike = self._alike[group]
                number = alike.free.pop() if alike.free else alike.numbered
                alike.numbered = max(alike.numbered, number + 1)
                is_new, name = True, f"{group}\n{number}"
            else:
                if self._keys.get(key, content) != content:
                    raise ValueError(f"the key {key!r:.60} of send_job names another job of this attempt already")
                is_new, name = key not in self._keys, f"key\n{key}"
                self._keys[key] = content
        try:
            yield derive_job_id(self._job_id, name, job_id_ms(self._job_id)), is_new
        except BaseException:
            with self._lock:
                if key is None:
                    self._alike[group].free.append(number)
                elif is_new:
                    del self._keys[key]
            raise
