"""Which settings does SQS need? Layer 3, read once at start; imports no boto3, so that `--help` is quick."""

from __future__ import annotations

from dataclasses import dataclass

from jobqueue.settings import check_ranges, setting
from jobqueue.sqs.limits import MOST_MESSAGE_BYTES

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True)
class SqsSettings:
    """Where AWS is and what the queues take."""

    aws_region: str | None = setting("the Region; else AWS_DEFAULT_REGION or the profile's", None)
    max_message_bytes: int = setting(
        "the queues' MaximumMessageSize; checked before sending",
        262_144,
        unit="bytes",
        least=1024,
        most=MOST_MESSAGE_BYTES,
    )
    log_level: str = setting(
        "least level of the lines on stdout: DEBUG, INFO, WARNING or ERROR", "INFO", one_of=LOG_LEVELS
    )

    def __post_init__(self) -> None:
        """Raises SettingError."""
        check_ranges(self)
