"""The settings of SQS, read once at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jobqueue.messages.limits import MAX_MESSAGE_BYTES
from jobqueue.settings import SettingError, check_ranges, setting

SECRETS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
)
"""Variables with credentials."""

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class SqsSettings:
    """Where AWS is and what the queues take."""

    aws_region: str | None = setting("the Region; else AWS_DEFAULT_REGION or the profile's", None)
    max_message_bytes: int = setting(
        "the queues' MaximumMessageSize; checked before sending",
        262_144,
        unit="bytes",
        minimum=1024,
        maximum=MAX_MESSAGE_BYTES,
    )
    log_level: str = setting(
        "lowest level of the lines on stdout: DEBUG, INFO, WARNING or ERROR", "INFO", one_of=LOG_LEVELS
    )

    def __post_init__(self) -> None:
        """Raises SettingError."""
        check_ranges(self)


def check_credentials(environ: Mapping[str, str]) -> None:
    """Raises SettingError for a credential that cannot be valid: many ways to set a variable keep a line end behind the value.

    AWS would refuse the signature, or the request could not be sent at all. The value is never shown.
    """
    faults = [
        f"{name} holds a line end, a space or another character that no credential has: set it again without (its value is not shown)"
        for name in SECRETS
        if not re.fullmatch("[!-~]*", environ.get(name, ""))
    ]
    if faults:
        raise SettingError("\n".join(faults))
