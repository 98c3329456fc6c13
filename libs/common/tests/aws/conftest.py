"""Real peers on loopback: each connection is served by a function of the test; TLS with an authority of its own."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jobqueue.aws.credentials import Credentials
from jobqueue.aws.network import authorities
from jobqueue.aws.service import SQS, Protocol, Service
from jobqueue.aws.wire import Wire

KEYS = Credentials("AKIDEXAMPLE", "se:cret/+=%@", "to/ken+=%@:")


@dataclass(frozen=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Peer:
    """Answers each request with `reply`: the bytes to send, and whether the connection stays open."""

    port: int
    reply: Callable[[Request], tuple[bytes, bool]]
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def service(
        self, wire: Wire, protocol: Protocol = SQS, credentials: Callable[[], Credentials] = lambda: KEYS
    ) -> Service:
        return Service(wire, protocol, f"{self.scheme}://127.0.0.1:{self.port}", "eu-west-1", credentials, seconds=60)


def ok(body: bytes = b"{}", *, headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), headers, body)


def _read(stream: object) -> Request | None:
    line = stream.readline()  # type: ignore[attr-defined]
    if not line:
        return None
    headers: dict[str, str] = {}
    while header := stream.readline().decode("latin-1").strip():  # type: ignore[attr-defined]
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    return Request(line.decode().strip(), headers, stream.read(int(headers.get("content-length", 0))))  # type: ignore[attr-defined]


@pytest.fixture
def peer_of(tls: tuple[ssl.SSLContext, Path]) -> Iterator[Callable[..., Peer]]:
    listeners: list[socket.socket] = []

    def made(reply: Callable[[Request], tuple[bytes, bool]], *, encrypted: bool = False) -> Peer:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        peer = Peer(listener.getsockname()[1], reply, "https" if encrypted else "http")

        def serve(connection: socket.socket) -> None:
            with suppress(OSError, ValueError):
                if encrypted:
                    connection = tls[0].wrap_socket(connection, server_side=True)
                with connection, connection.makefile("rb") as stream:
                    stays = True
                    while stays and (request := _read(stream)) is not None:
                        peer.requests.append(request)
                        sent, stays = peer.reply(request)
                        connection.sendall(sent)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    peer.connections += 1
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return peer

    yield made
    for listener in listeners:
        listener.close()


@dataclass
class Tunnel:
    """A proxy for CONNECT. `asked` is what it was sent before its own answer."""

    port: int
    asked: list[str] = field(default_factory=list)
    refuses: bool = False


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Tunnel(listener.getsockname()[1])

        def pump(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while some := source.recv(65536):
                    target.sendall(some)
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)

        def serve(near: socket.socket) -> None:
            with suppress(OSError), near:
                asked = b""
                while not asked.endswith(b"\r\n\r\n"):
                    asked += near.recv(1)
                made.asked.append(asked.decode())
                if made.refuses:
                    near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    return
                host, _, port = asked.split()[1].decode().partition(":")
                with socket.create_connection((host, int(port))) as far:
                    near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=pump, args=(far, near), daemon=True)
                    back.start()
                    pump(near, far)
                    back.join()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield made


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the file that holds its authority."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, private = folder / "authority.pem", folder / "key.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, private)
    return context, authority


@pytest.fixture
def wire(tls: tuple[ssl.SSLContext, Path]) -> Wire:
    return Wire(authorities({"AWS_CA_BUNDLE": str(tls[1])}))
