"""`background-job`: starts the consumer."""

from __future__ import annotations

import sys

from background_job.settings import BackgroundJobSettings
from jobqueue import Service, run

SERVICE = Service(
    "background-job", settings=BackgroundJobSettings, catalogue="background_job.jobs:catalogue", job_logs=True
)


def main() -> int:
    """The console script."""
    return run(SERVICE)


if __name__ == "__main__":
    sys.exit(main())
