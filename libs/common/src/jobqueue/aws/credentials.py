"""Key pairs, and where they come from: the environment, ECS's credentials endpoint; botocore knows all other ways (`Botocore`).

`Rotating` renews those that end in a thread of its own, long before they do: no call waits for it.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread
from typing import NamedTuple
from urllib.parse import urlsplit

import orjson

from jobqueue.foreign_text import first_line
from jobqueue.forks import in_child
from jobqueue.plain_http import PlainHttpError, ask

logger = logging.getLogger(__name__)

RENEWED_EARLY_SECONDS = 900.0
"""Before their end, as botocore does; those that live less than twice as long are renewed at half their time."""

MAX_PAUSE_SECONDS = 30.0
"""Between two tries to renew; the first pause is a second."""

ENDPOINT_SECONDS = 2.0
_ECS = "169.254.170.2"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", _ECS, "169.254.170.23", "fd00:ec2::23"})
"""Where credentials may be asked for without TLS ("Container credential provider" in the AWS SDKs and Tools Reference Guide)."""

_SENDABLE = re.compile(r"[!-~]*")


class CredentialsError(Exception):
    """No credentials, or none that can be sent. The text says what to check and shows none; `passing`: a later try may find some."""

    def __init__(self, text: str, *, passing: bool = False) -> None:
        super().__init__(text)
        self.passing = passing


@dataclass(frozen=True)
class Credentials:
    """Stripped and checked: a token with a line end inside would put a header of its own into the request.

    Raises:
        CredentialsError: one of them is not printable ASCII, or the pair is half.
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for name in ("access_key", "secret_key", "token"):
            value = getattr(self, name).strip()
            if not _SENDABLE.fullmatch(value):
                raise CredentialsError(
                    "a credential holds a line end or another character that cannot be sent. Look at AWS_SESSION_TOKEN or at where it comes from"
                )
            object.__setattr__(self, name, value)
        if not self.access_key or not self.secret_key:
            raise CredentialsError("a key pair needs both the access key and the secret key")


class Found(NamedTuple):
    """Credentials, and the seconds after which to look again; None: they never change."""

    credentials: Credentials
    again_seconds: float | None = None


class Rotating:
    """Gives the credentials of now. The first look is the first caller's, all others are made by a daemon thread. Any thread; usable after a fork."""

    def __init__(self, fetch: Callable[[], Found]) -> None:
        """`fetch` may raise CredentialsError; it is called by one thread at a time."""
        self._fetch = fetch
        self._lock = Lock()
        self._credentials: Credentials | None = None
        in_child(self._forget)

    def __call__(self) -> Credentials:
        """Raises CredentialsError where none have been found so far."""
        return self._credentials or self._first()

    def _first(self) -> Credentials:
        with self._lock:
            if self._credentials is None:
                self._credentials, again_seconds = self._fetch()
                if again_seconds is not None:
                    Thread(target=self._renew, args=(again_seconds,), name="aws-credentials", daemon=True).start()
            return self._credentials

    def _renew(self, seconds: float | None) -> None:
        failed = 0
        while seconds is not None:
            time.sleep(seconds)
            try:
                self._credentials, seconds = self._fetch()
            except Exception as error:  # noqa: BLE001 (botocore's providers let anything through; those in use still work)
                seconds = min(2.0**failed, MAX_PAUSE_SECONDS)
                failed += 1
                if failed == 1:
                    logger.warning(
                        "the AWS credentials could not be renewed: %s; they are used as long as they are valid, and it is tried again",
                        first_line(error),
                    )
            else:
                if failed:
                    logger.info("the AWS credentials are renewed again")
                failed = 0

    def _forget(self) -> None:
        """A child has no thread that renews: it begins anew."""
        self._lock = Lock()
        self._credentials = None


def of_environment(environ: Mapping[str, str]) -> Callable[[], Found] | None:
    """The way to the credentials that the environment names by itself; None where botocore must look."""
    pair = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if all(pair):
        token = environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN") or ""
        return lambda: Found(Credentials(pair[0] or "", pair[1] or "", token))
    if any(pair) or environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        return None
    path, url = (environ.get(f"AWS_CONTAINER_CREDENTIALS_{kind}_URI") for kind in ("RELATIVE", "FULL"))
    address = urlsplit(f"http://{_ECS}{path}" if path else url or "")
    if address.scheme != "http" or address.hostname not in _LOCAL_HOSTS:
        return None
    return lambda: _of_endpoint(address.geturl(), environ)


def _of_endpoint(url: str, environ: Mapping[str, str]) -> Found:
    """See https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html."""
    try:
        file = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        token = Path(file).read_text().strip() if file else environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if not _SENDABLE.fullmatch(token):
            raise CredentialsError(
                "AWS_CONTAINER_AUTHORIZATION_TOKEN (or its _FILE) cannot be sent: set it without line ends"
            )
        answer = ask("GET", url, headers={"Authorization": token} if token else {}, seconds=ENDPOINT_SECONDS)
        if answer.status != 200:
            raise CredentialsError(
                f"the credentials endpoint of the container answered HTTP {answer.status}", passing=True
            )
        said = orjson.loads(answer.body)
        found = Credentials(said["AccessKeyId"], said["SecretAccessKey"], said.get("Token") or "")
        left = datetime.fromisoformat(said["Expiration"]).timestamp() - time.time() if "Expiration" in said else None
    except (OSError, PlainHttpError) as error:
        raise CredentialsError(
            f"the credentials endpoint of the container: {first_line(error)}", passing=True
        ) from None
    except (AttributeError, LookupError, TypeError, ValueError):
        text = "the credentials endpoint of the container answered something else than credentials"
        raise CredentialsError(text, passing=True) from None
    return Found(found, None if left is None else max(left - RENEWED_EARLY_SECONDS, left / 2, 1.0))
