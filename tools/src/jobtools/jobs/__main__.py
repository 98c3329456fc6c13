"""The entry point of `jobs`, and of `python -m jobtools.jobs`."""

from __future__ import annotations

from jobtools.jobs.app import app


def main() -> None:
    """Ends the process with the command's exit code, see `exits`."""
    app(prog_name="jobs")


if __name__ == "__main__":
    main()
