"""The local AWS's server process: `python -m localaws --port 0`.

Moto's own application on loopback, with `localaws.moto_patches`, and without a line for each request. Prints one line,
`listening http://127.0.0.1:PORT`, when it answers. Exit code 2: the port is taken.
"""

from __future__ import annotations

import argparse
import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from localaws.moto_patches import apply_all, sqs


class QuietHandler(MotoRequestHandler):
    """Logs no request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Does nothing."""


def main() -> int:
    """The process's exit code; does not return until it is killed."""
    parser = argparse.ArgumentParser(prog="localaws", description="Local AWS on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument(
        "--plain", action="store_true", help="moto as it is, which starts sooner; only its queues are patched for load"
    )
    arguments = parser.parse_args()
    sqs.patch_messages()
    if not arguments.plain:
        apply_all()
    try:
        application = DomainDispatcherApplication(create_backend_app)
        server = make_server("127.0.0.1", arguments.port, application, threaded=True, request_handler=QuietHandler)
    except SystemExit:  # werkzeug's way to refuse a port, after it said why
        return 2
    print(f"listening http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
