"""The entry point of `jobctl`, and of `python -m jobctl`."""

from __future__ import annotations

from jobctl.app import app


def main() -> None:
    """Ends the process with the command's exit code, see `exits`."""
    app(prog_name="jobctl")


if __name__ == "__main__":
    main()
