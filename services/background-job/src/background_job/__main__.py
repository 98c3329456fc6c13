"""`background-job`: starts the consumer."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version

from background_job.settings import BackgroundJobSettings
from jobqueue.bootstrap import Service, help_text, serve, settings_of

NAME = "background-job"


def main() -> int:
    """The process's exit code: 0 drained, 1 stopped now, 2 wrong arguments, 64 settings, 69 queues or log group, 70 handlers hang."""
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Does background jobs and writes each into a log stream of its own.",
        epilog=help_text(BackgroundJobSettings, job_logs=True),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {version('mdm-background-job')}")
    parser.parse_args()

    settings = settings_of(BackgroundJobSettings, NAME, os.environ, job_logs=True)
    from background_job.jobs import catalogue

    return serve(
        Service(
            name=NAME,
            version=version("mdm-background-job"),
            catalogue=catalogue,
            queue_url=settings.background_jobs_queue_url,
            dead_letter_url=settings.background_jobs_dlq_url,
            next_queue_url=settings.background_jobs_queue_url,  # further jobs come back to it
            job_logs=True,
        ),
        os.environ,
    )


if __name__ == "__main__":
    sys.exit(main())
