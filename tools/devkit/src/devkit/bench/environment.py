"""Environment of the bench's processes: dummy credentials, and no setting of the caller's that steers AWS or telemetry.

Whoever runs the bench may have a profile, a Region or a collector configured: none of it may affect what is measured.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

REGION = "us-east-1"
_OWN = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "MALLOC_ARENA_MAX": "2",  # as in the image (docker/Dockerfile)
    "PYTHONDONTWRITEBYTECODE": "",  # the image has byte code: here the runs for the samples write it
}


def clean() -> dict[str, str]:
    """An environment for a child."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OTEL_"))}
    return kept | _OWN


@contextmanager
def cleaned() -> Iterator[None]:
    """The same for this process, while it makes its clients: boto3 reads the environment only then."""
    before, wanted = dict(os.environ), clean()
    try:
        os.environ.clear()
        os.environ.update(wanted)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
