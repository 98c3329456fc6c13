"""The local AWS's server process: `python -m localaws.moto_server --port 0`.

Prints one line, `listening http://127.0.0.1:PORT`, when it answers. It is moto's own application with three differences:

- Requests are not logged.
- A queue's deletes exclude its sends. moto 5.2's delete rebuilds the list of messages without a lock; one that is added after its loop and before
  its assignment would be lost. The window is a few instructions: its test forces it, no load of ours has hit it.
- A long poll looks ten times a second for messages that are visible again, not once.

Exit code 2: a port that is taken. Exit code 3: moto is not installed.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.sqs.models import Queue
    from werkzeug.serving import BaseWSGIServer

LOOK_SECONDS = 0.1


def main() -> int:
    """The process's exit code; does not return until it is killed."""
    parser = argparse.ArgumentParser(prog="localaws.moto_server", description="A moto server on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    port = parser.parse_args().port
    try:
        server = _server(port)
    except ImportError as error:
        print(f"moto's server is not installed ({error}). Install it: uv sync --package localaws", file=sys.stderr)
        return 3
    except SystemExit:  # werkzeug's way to refuse a port, after it said why
        return 2
    print(f"listening http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
    return 0


def excluding_sends(delete: Callable[[Queue, str], None]) -> Callable[[Queue, str], None]:
    """Wrap Queue.delete_message in the lock that Queue.add_message takes."""

    def delete_alone(queue: Queue, receipt_handle: str) -> None:
        with queue._messages_lock:  # noqa: SLF001 (it has no public name)
            delete(queue, receipt_handle)

    return delete_alone


def _server(port: int) -> BaseWSGIServer:
    from moto.moto_server.werkzeug_app import (  # here, so that a missing moto is told and not traced
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from moto.sqs.models import Queue
    from werkzeug.serving import make_server

    wait = Queue.wait_for_messages

    def wait_briefly(queue: Queue, timeout: float) -> None:
        wait(queue, min(timeout, LOOK_SECONDS))  # type: ignore[arg-type]  # it only hands the number on

    class QuietHandler(MotoRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Says nothing."""

    Queue.delete_message = excluding_sends(Queue.delete_message)  # type: ignore[assignment, method-assign]
    Queue.wait_for_messages = wait_briefly  # type: ignore[assignment, method-assign]
    application = DomainDispatcherApplication(create_backend_app)
    return make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)


if __name__ == "__main__":
    sys.exit(main())
