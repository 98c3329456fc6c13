"""Context managers that start a fast AWS and end it: in a thread of this process, or as a process."""

from pathlib import Path
from types import TracebackType
from typing import Self

from localaws.fast_aws.certificate import write_certificate
from localaws.fast_aws.control import Control
from localaws.fast_aws.server import run_until_stopped
from localaws.processes import Processes
from localaws.server_thread import LOOPBACK, ServerThread


class FastAws(Control):
    """The server in a thread of this process: quick to start, and its CPU is mixed with the caller's."""

    def __init__(self) -> None:
        super().__init__("")
        self._server: ServerThread | None = None

    def __enter__(self) -> Self:
        self._server = ServerThread(lambda stop, listening: run_until_stopped(0, stop, listening), "fast-aws")
        self.endpoint = f"http://{LOOPBACK}:{self._server.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()


class FastAwsProcess(Control):
    """The server as `python -m localaws.fast_aws`, so that its CPU is its own. `pid` is its process id; with `tls`, `authority` is the file
    of who signed its certificate.
    """

    def __init__(self, *, cpu: int | None = None, tls: bool = False) -> None:
        super().__init__("")
        self._arguments = [] if cpu is None else ["--cpu", str(cpu)]
        self._tls = tls
        self.authority = Path()
        self.processes = Processes("fast-aws-")
        self.pid = 0

    def __enter__(self) -> Self:
        """Raises ProcessDied when it does not start."""
        self.processes.__enter__()
        try:
            if self._tls:
                self.authority = self.processes.folder / "certificate.pem"
                write_certificate(self.authority, LOOPBACK)
                self._arguments.append(f"--certificate={self.authority}")
            server = self.processes.start_server("fast-aws", "localaws.fast_aws", *self._arguments)
            self.pid = server.child.pid
            self.endpoint = server.endpoint()
        except BaseException as error:
            self.processes.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.processes.__exit__(kind, error, trace)
