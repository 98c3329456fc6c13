"""A key pair and its token. A value; where they come from is told by who makes the service (`Service`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SENDABLE = re.compile(r"[!-~]*")


class CredentialsError(Exception):
    """A credential that cannot be sent. The text does not show it."""


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
                    f"the {name.replace('_', ' ')} holds a line end, a space or another character that no credential has "
                    "(its value is not shown)"
                )
            object.__setattr__(self, name, value)
        if not self.access_key or not self.secret_key:
            raise CredentialsError("a key pair needs both the access key and the secret key")
