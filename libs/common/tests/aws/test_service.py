"""Calls over real sockets: what counts as an answer, what is sent, and how often."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from jobqueue.aws.answers import CallError
from jobqueue.aws.credentials import Credentials, CredentialsError
from jobqueue.aws.network import authorities, proxy
from jobqueue.aws.service import DYNAMODB, ECS, LOGS, SQS, Protocol, Service
from jobqueue.aws.wire import Wire
from jobqueue.settings import SettingError

from .conftest import KEYS, Peer, Request, Tunnel, ok

PATIENCE = 60.0
EVENTS = Protocol("events", "EVENTBRIDGE", "AWSEvents", "1.1")


def call(
    service: Service, operation: str = "SendMessageBatch", parameters: Any = None, seconds: float = PATIENCE
) -> Any:
    return service.call(operation, parameters or {}, seconds=seconds)


def failure(service: Service, operation: str = "SendMessageBatch", seconds: float = PATIENCE) -> CallError:
    with pytest.raises(CallError) as caught:
        call(service, operation, seconds=seconds)
    return caught.value


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_peer_that_reads_a_second_request_and_closes_has_seen_it_once(
    peer_of: Callable[..., Peer], wire: Wire, encrypted: bool
) -> None:
    peer = peer_of(lambda _: (ok(), True) if len(peer.requests) == 1 else (b"", False), encrypted=encrypted)
    service = peer.service(wire)
    call(service)
    error = failure(service)
    assert error.unknown
    assert len(peer.requests) == 2


def test_connections_are_reused_and_made_anew_where_the_peer_closed(peer_of: Callable[..., Peer], wire: Wire) -> None:
    peer = peer_of(lambda _: (ok(), len(peer.requests) != 2), encrypted=True)
    service = peer.service(wire)
    for _ in range(2):
        call(service)
    assert peer.connections == 1
    with suppress(CallError):  # it may meet the end of the connection
        call(service)
    for _ in range(2):
        call(service)
    assert peer.connections <= 3  # libcurl had a second one ready for the repetition that it may not make


@pytest.mark.parametrize(
    "lie",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        ok(b"<html>hello</html>"),
        ok(b"[]"),
        ok(b"null"),
        ok(b""),
        ok(b"{}", status=b"204 No Content"),
        ok(b"", status=b"302 Found", headers=b"Location: http://127.0.0.1:1/\r\n"),
        ok(b"", status=b"503 Slow Down"),
        b"not HTTP at all\r\n\r\n",
    ],
)
def test_what_is_no_whole_answer_may_have_taken_effect(peer_of: Callable[..., Peer], wire: Wire, lie: bytes) -> None:
    peer = peer_of(lambda _: (lie, False))
    assert failure(peer.service(wire)).unknown
    assert len(peer.requests) == 1


def test_a_finished_chunked_answer_is_whole(peer_of: Callable[..., Peer], wire: Wire) -> None:
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\n\r\n'
    assert call(peer_of(lambda _: (chunked, True)).service(wire)) == {"a": 1}


def test_only_operations_that_say_so_answer_with_nothing(peer_of: Callable[..., Peer], wire: Wire) -> None:
    service = peer_of(lambda _: (ok(b""), True)).service(wire, LOGS)
    assert call(service, "CreateLogStream") == {}
    assert failure(service, "PutLogEvents").unknown


def test_an_answer_larger_than_any_is_given_up(peer_of: Callable[..., Peer], wire: Wire) -> None:
    peer = peer_of(lambda _: (ok(b'{"a":"%b"}' % (b"x" * 5_000_000)), False))
    assert failure(peer.service(wire)).code == "UnexpectedAnswer"


def test_a_hanging_peer_ends_with_the_calls_time_and_delays_no_other(peer_of: Callable[..., Peer], wire: Wire) -> None:
    release = threading.Event()
    hanging = peer_of(lambda _: (b"", release.wait(PATIENCE)))
    errors: list[CallError] = []
    waiting = threading.Thread(target=lambda: errors.append(failure(hanging.service(wire), seconds=3)))
    waiting.start()
    assert call(peer_of(lambda _: (ok(), True)).service(wire)) == {}
    waiting.join(PATIENCE)
    release.set()
    assert (errors[0].code, errors[0].unknown) == ("TimeoutError", True)


def test_what_was_never_sent_has_no_effect(wire: Wire, peer_of: Callable[..., Peer]) -> None:
    refused = Service(wire, SQS, "http://127.0.0.1:1", "eu-west-1", lambda: KEYS, seconds=PATIENCE)
    error = failure(refused)
    assert (error.code, error.unknown) == ("EndpointConnectionError", False)
    mailed = Service(wire, SQS, "smtp://127.0.0.1:1", "eu-west-1", lambda: KEYS, seconds=PATIENCE)
    error = failure(mailed)  # HTTP and HTTPS alone, whatever else this libcurl speaks
    assert (str(error), error.unknown) == ('Protocol "smtp" is disabled', False)
    peer = peer_of(lambda _: (ok(), True), encrypted=True)
    stranger = Wire(authorities({}))
    error = failure(peer.service(stranger))
    assert (error.code, error.unknown, peer.requests) == ("SSLError", False, [])


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (
            b"x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender\r\n",
            b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}',
            "AWS.SimpleQueueService.NonExistentQueue",
        ),
        (b"", b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}', "QueueDoesNotExist"),
        (b"", b'{"__type":"ThrottlingException","Message":"slow"}', "ThrottlingException"),
        (b"x-amzn-ErrorType: AccessDeniedException:http://internal\r\n", b"{}", "AccessDeniedException"),
        (b"", b"<html>a proxy's page</html>", "400"),
    ],
)
def test_codes_of_refusals_in_both_spellings(
    peer_of: Callable[..., Peer], wire: Wire, headers: bytes, body: bytes, code: str
) -> None:
    reply = ok(body, headers=headers + b"x-amzn-RequestId: 7\r\n", status=b"400 Bad Request")
    error = failure(peer_of(lambda _: (reply, True)).service(wire))
    assert (error.code, error.status, error.unknown) == (code, 400, False)
    assert str(error).endswith("(request 7)")


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (b"403 Forbidden", b"x-amzn-query-error: RequestThrottled;Sender\r\n", "RequestThrottled"),
        (b"400 Bad Request", b"x-amzn-errortype: ThrottlingException\r\n", "ThrottlingException"),
        (b"429 Too Many Requests", b"Retry-After: 0\r\n", "429"),
        (b"503 Service Unavailable", b"Retry-After: 0\r\n", "503"),
    ],
)
def test_a_throttling_peer_sees_each_call_once_over_one_connection(
    peer_of: Callable[..., Peer], wire: Wire, status: bytes, headers: bytes, code: str
) -> None:
    slow = ok(b"{}", headers=headers, status=status)
    peer = peer_of(lambda _: (slow if len(peer.requests) <= 3 else ok(), True), encrypted=True)
    service = peer.service(wire)
    for _ in range(3):
        error = failure(service)
        assert (error.code, error.unknown) == (code, code == "503")
    assert call(service) == {}
    assert (len(peer.requests), peer.connections) == (4, 1)


def signature(request: Request, keys: Credentials, region: str, protocol: Protocol) -> str:
    """What botocore signs for the same request."""
    signed = request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    kept = {name: request.headers[name] for name in signed}
    aws_request = AWSRequest("POST", f"http://{request.headers['host']}/", data=request.body, headers=kept)
    aws_request.context["timestamp"] = request.headers["x-amz-date"]
    auth = SigV4Auth(BotoCredentials(keys.access_key, keys.secret_key), protocol.name, region)
    return str(auth.signature(auth.string_to_sign(aws_request, auth.canonical_request(aws_request)), aws_request))


@pytest.mark.parametrize("protocol", [SQS, LOGS, DYNAMODB, ECS, EVENTS], ids=lambda protocol: protocol.name)
def test_signatures_are_botocores_with_a_token_and_through_a_rotation(
    peer_of: Callable[..., Peer], wire: Wire, protocol: Protocol
) -> None:
    keys = [Credentials("AKIA1", "a" * 40), KEYS, Credentials("AKIA3", "/+=:@%" * 7, "/+=:@%" * 100)]
    turns = iter(keys)
    peer = peer_of(lambda _: (ok(), True))
    service = peer.service(wire, protocol, lambda: next(turns))
    for text in ("plain", "ünïcödé 🚀", "x" * 1_100_000):
        call(service, "Operation", {"Body": text})
    for request, used in zip(peer.requests, keys, strict=True):
        assert request.headers["authorization"].endswith(f"Signature={signature(request, used, 'eu-west-1', protocol)}")
        assert f"Credential={used.access_key}/" in request.headers["authorization"]
        assert request.headers.get("x-amz-security-token", "") == used.token
        assert request.headers["x-amz-target"] == f"{protocol.target}.Operation"
        assert request.headers["user-agent"] == "jobqueue"
        assert not {"accept", "expect", "accept-encoding"} & set(request.headers)
        assert request.line == "POST / HTTP/1.1"


def test_a_clock_that_is_off_is_corrected_and_told_once(
    peer_of: Callable[..., Peer], wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = time.time() + 3600

    def reply(request: Request) -> tuple[bytes, bool]:
        date = b"Date: %b\r\n" % formatdate(theirs, usegmt=True).encode()
        fresh = request.headers["x-amz-date"][:11] == time.strftime("%Y%m%dT%H", time.gmtime(theirs))
        refusal = ok(b'{"__type":"InvalidSignatureException"}', headers=date, status=b"403 Forbidden")
        return (ok() if fresh else refusal, True)

    peer = peer_of(reply)
    service = peer.service(wire)
    assert failure(service).code == "InvalidSignatureException"
    assert call(service) == {}
    assert call(service) == {}
    assert len([line for line in caplog.messages if "clock" in line]) == 1
    assert peer.requests[-1].headers["authorization"].endswith(signature(peer.requests[-1], KEYS, "eu-west-1", SQS))


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a b", "é", "a\x00b"])
def test_a_credential_that_cannot_be_sent_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        Credentials("AK", "secret", token)
    assert token not in str(caught.value)
    assert "secret" not in repr(Credentials("AK", "secret", "token\r\n"))
    assert Credentials("AK\n", "secret\r\n", "token\n") == Credentials("AK", "secret", "token")


def test_authorities_are_looked_for_in_botocores_order(tmp_path: Path) -> None:
    mine, profiles, requests = (tmp_path / name for name in ("mine", "profiles", "requests"))
    for file in (mine, profiles, requests):
        file.touch()
    environ = {"AWS_CA_BUNDLE": str(mine), "REQUESTS_CA_BUNDLE": str(requests)}
    assert authorities(environ, str(profiles)) == str(mine)
    del environ["AWS_CA_BUNDLE"]
    assert authorities(environ, str(profiles)) == str(profiles)
    assert authorities(environ) == str(requests)
    assert authorities({}).endswith("cacert.pem")
    with pytest.raises(SettingError, match="AWS_CA_BUNDLE names /nowhere"):
        authorities({"AWS_CA_BUNDLE": "/nowhere"})


HANGS = """
#include <netdb.h>
#include <unistd.h>
int getaddrinfo(const char *n, const char *s, const struct addrinfo *h, struct addrinfo **r) { for (;;) pause(); }
"""


@pytest.mark.skipif(
    shutil.which("cc") is None or sys.platform != "linux", reason="the resolver is replaced by LD_PRELOAD"
)
def test_a_resolver_that_hangs_ends_with_the_calls_time_and_was_never_sent(
    peer_of: Callable[..., Peer], tmp_path: Path
) -> None:
    (tmp_path / "hangs.c").write_text(HANGS)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "hangs.so", "hangs.c"], cwd=tmp_path, check=True, timeout=PATIENCE)
    peer = peer_of(lambda _: (ok(), True))
    code = f"""
from jobqueue.aws.answers import CallError
from jobqueue.aws.credentials import Credentials
from jobqueue.aws.service import SQS, Service
from jobqueue.aws.wire import Wire
wire = Wire("")
def call(url, seconds): return Service(wire, SQS, url, "eu-west-1", lambda: Credentials("a", "b"), seconds=seconds).call("X", {{}})
try: call("http://sqs.example", 0.5)
except CallError as error: assert (error.code, error.unknown) == ("TimeoutError", False), (error.code, error.unknown)
else: raise AssertionError
call("http://127.0.0.1:{peer.port}", 60)
print("done", flush=True)
import os; os._exit(0)  # as the runtime ends: whatever threads are left
"""
    environ = {**os.environ, "LD_PRELOAD": str(tmp_path / "hangs.so")}
    ended = subprocess.run([sys.executable, "-c", code], env=environ, timeout=PATIENCE, capture_output=True, text=True)
    assert (ended.stdout, ended.returncode) == ("done\n", 0), ended.stderr


def test_tls_goes_through_a_proxy_that_sees_neither_key_nor_token(
    peer_of: Callable[..., Peer], wire: Wire, tunnel: Tunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", f"http://who:pass@127.0.0.1:{tunnel.port}")
    peer = peer_of(lambda _: (ok(), len(peer.requests) < 3), encrypted=True)
    url = f"https://127.0.0.1:{peer.port}"
    through = Service(wire, SQS, url, "eu-west-1", lambda: KEYS, seconds=PATIENCE, proxy=proxy(url))
    assert [call(through) for _ in range(2)] == [{}, {}]
    (asked,) = tunnel.asked
    assert asked.startswith(f"CONNECT 127.0.0.1:{peer.port} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic " in asked
    assert KEYS.token not in asked
    assert KEYS.access_key not in asked
    peer.reply = lambda _: (b"", False)
    error = failure(through)
    assert (error.unknown, len(peer.requests)) == (True, 3)
    tunnel.refuses = True
    error = failure(through)
    assert (error.unknown, len(peer.requests)) == (False, 3)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert proxy(url) == ""


def test_proxies_are_read_as_botocore_reads_them(
    peer_of: Callable[..., Peer], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    assert proxy("http://sqs.local/") == ""
    between = peer_of(lambda _: (ok(), True))
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{between.port}")
    monkeypatch.setenv("NO_PROXY", "direct.local")
    assert proxy("http://direct.local/") == ""
    found = proxy("http://sqs.local/")
    assert call(Service(wire, SQS, "http://sqs.local", "eu-west-1", lambda: KEYS, seconds=PATIENCE, proxy=found)) == {}
    assert between.requests[0].line == "POST http://sqs.local/ HTTP/1.1"
    direct = peer_of(lambda _: (ok(), True))  # libcurl's own reading is off
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert call(direct.service(wire)) == {}


@pytest.mark.parametrize("protected", [True, False])
def test_a_forked_child_uses_connections_of_its_own_and_cannot_end_the_parents(
    peer_of: Callable[..., Peer], tls: Any, protected: bool
) -> None:
    """Without the protection the same child ends the parent's connection: a close over TLS tells the peer."""
    peer = peer_of(lambda _: (ok(), True), encrypted=True)
    code = f"""
import gc, os, sys
from jobqueue import forks
from jobqueue.aws.answers import CallError
from jobqueue.aws.credentials import Credentials
from jobqueue.aws.service import SQS, Service
from jobqueue.aws.wire import Wire
wire = Wire({str(tls[1])!r})
service = Service(wire, SQS, "https://127.0.0.1:{peer.port}", "eu-west-1", lambda: Credentials("a", "b"), seconds=300)
def call(): assert service.call("X", {{}}) == {{}}
call()
if not {protected}: forks._actions.clear()
for uses in (False, True):
    if (child := os.fork()) == 0:
        if wire._loop is not None: wire._loop.close()
        elif uses: call()
        del service, wire
        gc.collect()
        sys.exit(0)  # the interpreter's own end, with every destructor
    assert os.waitpid(child, 0)[1] == 0
    try: call()
    except CallError: sys.exit(7)
"""
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", code], timeout=200, check=False)
    if protected:
        assert (ended.returncode, len(peer.requests), peer.connections) == (0, 4, 2)
    else:  # the call meets the end of the connection, or has seen it in time and makes another one
        assert ended.returncode == 7 or peer.connections > 1


def test_a_defect_in_the_thread_of_calls_leaves_nobody_waiting_and_is_told_once(
    peer_of: Callable[..., Peer], wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    asked, release = threading.Event(), threading.Event()

    def reply(_: Request) -> tuple[bytes, bool]:
        asked.set()
        release.wait(PATIENCE)
        return b"", False

    hanging, answering = peer_of(reply).service(wire), peer_of(lambda _: (ok(), True)).service(wire)
    for _ in range(2):
        asked.clear()
        errors: list[CallError] = []
        waiting = threading.Thread(target=lambda: errors.append(failure(hanging)))  # noqa: B023 (joined below)
        waiting.start()
        assert asked.wait(PATIENCE)
        assert wire._loop is not None
        wire._loop._finish = lambda: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        with suppress(CallError):  # wakes the thread; it may have failed before
            call(answering)
        waiting.join(PATIENCE)
        assert (errors[0].code, errors[0].unknown) == ("ConnectionClosedError", True)
        assert call(answering) == {}
    release.set()
    assert len([line for line in caplog.messages if "the thread of all calls" in line]) == 1


def test_one_thread_has_twenty_calls_under_way(peer_of: Callable[..., Peer], wire: Wire) -> None:
    all_asked, release = threading.Barrier(21), threading.Event()

    def reply(_: Request) -> tuple[bytes, bool]:
        all_asked.wait(PATIENCE)
        release.wait(PATIENCE)
        return ok(), True

    service = peer_of(reply).service(wire)
    told: Queue[object] = Queue()
    for _ in range(20):
        service.begin("SendMessageBatch", {}, told.put, seconds=PATIENCE)
    all_asked.wait(PATIENCE)
    release.set()
    assert [told.get(timeout=PATIENCE) for _ in range(20)] == [{}] * 20


def test_what_fails_behind_an_answer_costs_no_other_call(
    peer_of: Callable[..., Peer], wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    service = peer_of(lambda _: (ok(), True)).service(wire)
    told = threading.Event()

    def fail(_: object) -> None:
        told.set()
        raise ValueError("a defect")

    service.begin("SendMessageBatch", {}, fail, seconds=PATIENCE)
    assert told.wait(PATIENCE)
    assert call(service) == {}
    assert [line for line in caplog.messages if "what follows an answer of AWS failed" in line]


def test_a_call_that_cannot_be_begun_says_so_and_tells_nobody(wire: Wire) -> None:
    def no_credentials() -> Credentials:
        raise CredentialsError("there are none", passing=False)

    service = Service(wire, SQS, "http://127.0.0.1:1", "us-east-1", no_credentials, seconds=PATIENCE)
    told: list[object] = []
    with pytest.raises(CallError, match="there are none"):
        service.begin("SendMessageBatch", {}, told.append)
    assert not told


def test_a_signal_reaches_a_main_thread_that_waits_for_an_answer(peer_of: Callable[..., Peer]) -> None:
    asked, release = threading.Event(), threading.Event()

    def reply(_: Request) -> tuple[bytes, bool]:
        asked.set()
        release.wait(PATIENCE)
        return b"", False

    peer = peer_of(reply)
    code = f"""
import signal
from jobqueue.aws.credentials import Credentials
from jobqueue.aws.service import SQS, Service
from jobqueue.aws.wire import Wire
def stop(*_): raise SystemExit(7)
signal.signal(signal.SIGTERM, stop)
Service(Wire(""), SQS, "http://127.0.0.1:{peer.port}", "eu-west-1", lambda: Credentials("a", "b"), seconds=300).call("X", {{}})
"""
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        assert asked.wait(PATIENCE)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 7
    release.set()
