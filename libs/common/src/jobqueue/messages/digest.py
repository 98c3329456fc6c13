"""The digest of a job: whether two jobs under one id are the same."""

from __future__ import annotations

from _blake2 import blake2b  # see messages.job_id

import msgspec


class _Trigger(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"null")


def job_digest(job_type: str, data_text: str) -> str:
    """32 hex digits of a job's type and its data (JSON text); the same for the same data, whatever the order of its names."""
    canonical = msgspec.json.encode(msgspec.json.decode(data_text), order="sorted")
    return blake2b(job_type.encode() + b"\n" + canonical, digest_size=16).hexdigest()


def trigger_digest(job_type: str, trigger_text: str) -> str:
    """The same of the job that a trigger (JSON text) asks for: its data is the trigger's, whatever the main job's handler makes of it."""
    data = bytes(msgspec.json.decode(trigger_text, type=_Trigger).data).decode()
    return job_digest(job_type, "{}" if data == "null" else data)
