"""`main-job`: starts the consumer, and with `--synthetic` its own source of triggers."""

from __future__ import annotations

import sys

from jobqueue import Service, run
from main_job.settings import MainJobSettings

SERVICE = Service("main-job", settings=MainJobSettings, catalogue="main_job.jobs:catalogue", synthetic=True)


def main() -> int:
    """The console script."""
    return run(SERVICE)


if __name__ == "__main__":
    sys.exit(main())
