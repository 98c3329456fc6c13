"""What a process learns of AWS: its Region, the addresses of services, and credentials that end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from jobqueue.aws.answers import CallError
from jobqueue.aws.botocore_session import BotocoreSession
from jobqueue.aws.credentials import Credentials, CredentialsError, Found, Rotating, of_environment
from jobqueue.aws.service import LOGS, SQS
from jobqueue.aws.session import Session
from jobqueue.settings import SettingError

from .conftest import Peer, ok

PATIENCE = 60.0
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(autouse=True)
def _nothing_of_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """botocore reads the process's environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))


def asked(region: str | None, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Session:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return Session(region, environ)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_address_that_the_environment_implies_is_botocores(
    partition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = get_session()
    for region in session.get_available_regions("sqs", partition):
        made = asked(region, KEYS, monkeypatch)
        assert not isinstance(made._found, BotocoreSession), region
        for protocol in (SQS, LOGS):
            client = session.create_client(protocol.name, region_name=region)
            assert made.service(protocol, seconds=1)._url == f"{client.meta.endpoint_url}/"


@pytest.mark.parametrize(
    ("region", "environ", "url"),
    [
        ("us-gov-west-1", {"AWS_USE_FIPS_ENDPOINT": "true"}, "https://sqs.us-gov-west-1.amazonaws.com/"),
        ("us-east-1", {"AWS_USE_FIPS_ENDPOINT": "true"}, "https://sqs-fips.us-east-1.amazonaws.com/"),
        ("eu-west-1", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "https://sqs.eu-west-1.api.aws/"),
        ("eusc-de-east-1", {}, "https://sqs.eusc-de-east-1.amazonaws.eu/"),
        ("us-iso-east-1", {}, "https://sqs.us-iso-east-1.c2s.ic.gov/"),
        ("us-east-1", {"AWS_ENDPOINT_URL": "http://all:1"}, "http://all:1/"),
        ("us-east-1", {"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_SQS": "http://own:2/"}, "http://own:2/"),
        (
            "us-east-1",
            {"AWS_ENDPOINT_URL": "http://all:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "https://sqs.us-east-1.amazonaws.com/",
        ),
    ],
)
def test_fips_dual_stack_other_partitions_and_addresses_of_ones_own_are_obeyed(
    region: str, environ: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(region, {**KEYS, **environ}, monkeypatch).service(SQS, seconds=1)._url == url


def test_a_profile_tells_region_keys_and_authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    config = tmp_path / "config"
    keys = "aws_access_key_id = AK\naws_secret_access_key = SK\naws_session_token = T"
    config.write_text(f"[profile work]\nregion = eu-west-3\nca_bundle = {bundle}\n{keys}\n")
    session = asked(None, {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "work"}, monkeypatch)
    assert session.service(SQS, seconds=1)._url == "https://sqs.eu-west-3.amazonaws.com/"
    assert session._credentials() == Credentials("AK", "SK", "T")
    assert session._wire._authorities == str(bundle)


@pytest.mark.parametrize(
    ("region", "environ", "said"),
    [
        (None, KEYS, "AWS_REGION is not set"),
        ("us-east-1", {**KEYS, "AWS_PROFILE": "nobody"}, "AWS_PROFILE: .*nobody"),
        ("us-east-1", {**KEYS, "AWS_CONFIG_FILE": __file__}, "AWS_CONFIG_FILE"),
        ("us-east-1", {**KEYS, "AWS_ENDPOINT_URL_SQS": "sqs.local"}, "AWS_ENDPOINT_URL_SQS: Invalid endpoint"),
        ("eusc-de-east-1", {**KEYS, "AWS_ENDPOINT_URL": "sqs.local"}, "AWS_ENDPOINT_URL: Invalid endpoint"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_name(
    region: str | None, environ: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingError, match=said):
        asked(region, environ, monkeypatch).service(SQS, seconds=1)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "no AWS credentials found. Give the task a role"),
        ({"AWS_ACCESS_KEY_ID": "AK"}, "no AWS credentials found.*AWS_SECRET_ACCESS_KEY"),
        (
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/there/is/none", "AWS_ROLE_ARN": "arn:aws:iam::000000000000:role/x"},
            "/there/is/none.*AWS_WEB_IDENTITY_TOKEN_FILE",
        ),
    ],
)
def test_credentials_that_are_not_there_fail_the_call_with_what_to_do(
    environ: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CallError, match=said) as caught:
        asked("us-east-1", environ, monkeypatch).service(SQS, seconds=1).call("X", {})
    assert (caught.value.code, caught.value.unknown) == ("NoCredentials", False)


def _said(token: str = "token", **more: Any) -> bytes:
    return json.dumps({"AccessKeyId": "AK", "SecretAccessKey": "SK", "Token": token, **more}).encode()


@pytest.fixture
def of_container(peer_of: Callable[..., Peer], tmp_path: Path) -> Iterator[Callable[[bytes], Callable[[], Found]]]:
    def made(reply: bytes) -> Callable[[], Found]:
        peer = peer_of(
            lambda request: (reply if request.headers.get("authorization") == "who" else ok(status=b"403 No"), False)
        )
        file = tmp_path / "token"
        file.write_text("who\n")
        url = f"http://127.0.0.1:{peer.port}/v1?id=7"
        fetch = of_environment(
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)}
        )
        assert fetch is not None
        return fetch

    return made


def test_the_containers_endpoint_tells_credentials_and_when_to_ask_again(of_container: Any) -> None:
    def found(seconds: float) -> Any:
        end = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return of_container(ok(_said(Expiration=end)))()

    assert found(21_600).credentials == Credentials("AK", "SK", "token")
    assert found(21_600).again_seconds == pytest.approx(20_700, abs=PATIENCE)
    assert 1 <= found(600).again_seconds <= 300
    assert found(-5).again_seconds == 1.0


@pytest.mark.parametrize(
    ("reply", "said", "passing"),
    [
        (ok(b"", status=b"500 Busy"), "HTTP 500", True),
        (ok(b"<html>"), "something else than credentials", True),
        (ok(b"[]"), "something else than credentials", True),
        (ok(b'{"AccessKeyId": "AK"}'), "something else than credentials", True),
        (b"", "the credentials endpoint", True),
        (ok(_said("Fwo\nGEXAMPLE")), "a credential holds a line end", False),
    ],
)
def test_an_endpoint_without_credentials_is_told_and_shows_none(
    of_container: Any, reply: bytes, said: str, passing: bool
) -> None:
    with pytest.raises(CredentialsError, match=said) as caught:
        of_container(reply)()
    assert caught.value.passing == passing
    assert "EXAMPLE" not in str(caught.value)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"AWS_ACCESS_KEY_ID": "AK"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://127.0.0.1/"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"},
    ],
)
def test_everything_else_is_left_to_botocore(environ: dict[str, str]) -> None:
    assert of_environment(environ) is None


def test_credentials_are_renewed_beside_the_calls_and_those_in_use_outlive_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    keys = [Credentials(f"AK{number}", "SK") for number in range(3)]
    asked, may_go_on = threading.Semaphore(0), threading.Event()
    results: Iterator[Any] = iter(
        [
            Found(keys[0], 0.0),
            CredentialsError("HTTP 500", passing=True),
            RuntimeError("of botocore"),
            Found(keys[1], 0.0),
            Found(keys[2]),
        ]
    )

    def fetch() -> Found:
        asked.release()
        if threading.current_thread().name == "aws-credentials":
            assert may_go_on.wait(PATIENCE)
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result  # type: ignore[no-any-return]

    rotating = Rotating(fetch)
    assert rotating() is keys[0]
    for _ in range(2):
        assert asked.acquire(timeout=PATIENCE)
    assert rotating() is keys[0]  # while a renewal hangs
    may_go_on.set()
    for _ in range(3):
        assert asked.acquire(timeout=PATIENCE)
    while rotating() is not keys[2]:
        time.sleep(0.01)
    assert [line.partition(":")[0] for line in caplog.messages] == [
        "the AWS credentials could not be renewed",
        "the AWS credentials are renewed again",
    ]


def test_a_start_with_credentials_of_the_environment_imports_nothing_of_botocore(
    peer_of: Callable[..., Peer],
) -> None:
    peer = peer_of(lambda _: (ok(), True))
    code = f"""
import sys
from jobqueue.aws.service import SQS
from jobqueue.aws.session import Session
environ = {{"AWS_ENDPOINT_URL": "http://127.0.0.1:{peer.port}", **{KEYS!r}}}
Session("us-east-1", environ).service(SQS, seconds=60).call("ReceiveMessage", {{}})
sys.exit(any(name.startswith(("boto", "urllib3", "requests")) for name in sys.modules))
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
