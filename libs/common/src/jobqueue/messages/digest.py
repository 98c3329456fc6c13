"""The digest of a job: whether two jobs under one id are the same."""

from __future__ import annotations

from _blake2 import blake2b  # see messages.job_id

import msgspec


def job_digest(job_type: str, data_text: str) -> str:
    """32 hex digits of a job's type and its data (JSON text); the same for the same data, whatever the order of its names."""
    canonical = msgspec.json.encode(msgspec.json.decode(data_text), order="sorted")
    return blake2b(job_type.encode() + b"\n" + canonical, digest_size=16).hexdigest()
