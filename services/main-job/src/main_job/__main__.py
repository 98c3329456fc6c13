"""`main-job`: starts the consumer, and in synthetic mode its own source of triggers."""

from __future__ import annotations

import argparse
import os
import re
import sys
from importlib.metadata import version

from jobqueue.bootstrap import Service, help_text, serve, settings_of
from main_job.settings import MainJobSettings

NAME = "main-job"


def main() -> int:
    """The process's exit code: 0 drained, 1 stopped now, 2 wrong arguments, 64 settings, 69 queues, 70 handlers hang."""
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Takes triggers, does the main job, queues background jobs.",
        epilog=help_text(MainJobSettings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {version('mdm-main-job')}")
    parser.add_argument(
        "--synthetic", action="store_true", help="also send triggers of its own through the trigger queue"
    )
    parser.add_argument("--every", type=_seconds, default=5.0, metavar="5s", help="how often, with --synthetic")
    arguments = parser.parse_args()

    settings = settings_of(MainJobSettings, NAME, os.environ)
    from main_job.jobs import catalogue

    return serve(
        Service(
            name=NAME,
            version=version("mdm-main-job"),
            catalogue=catalogue,
            queue_url=settings.main_job_triggers_queue_url,
            dead_letter_url=settings.main_job_triggers_dlq_url,
            next_queue_url=settings.background_jobs_queue_url,
            synthetic_seconds=arguments.every if arguments.synthetic else None,
        ),
        os.environ,
    )


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m)?", text)
    if match is None or float(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration like 500ms, 5s or 1m")
    return float(match[1]) * {"ms": 0.001, "s": 1, "m": 60, None: 1}[match[2]]


if __name__ == "__main__":
    sys.exit(main())
