"""Settings of this machine for image builds, read from the environment; all of them are optional.

docker/README.md explains each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
_INDEX = "PIP_INDEX_URL"


class BadSetting(Exception):  # noqa: N818 (says what is wrong)
    """A setting of this machine is wrong. The text names it."""


@dataclass(frozen=True)
class Machine:
    """`proxies` are names, not values: docker takes those from its own environment, so that no password is in a command."""

    python_image: str | None = None
    network: str | None = None
    ca: Path | None = None
    index: bool = False
    proxies: tuple[str, ...] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Machine:
        """An empty variable counts as not set.

        Raises:
            BadSetting: JOBS_BUILD_CA is no file.
        """
        ca = Path(environ["JOBS_BUILD_CA"]).expanduser() if environ.get("JOBS_BUILD_CA") else None
        if ca is not None and not ca.is_file():
            raise BadSetting(f"JOBS_BUILD_CA={ca} is no file: it names a bundle of CA certificates in PEM")
        names = (spelled for name in _PROXIES for spelled in (name, name.lower()))
        return cls(
            python_image=environ.get("JOBS_PYTHON_IMAGE") or None,
            network=environ.get("JOBS_BUILD_NETWORK") or None,
            ca=ca,
            index=bool(environ.get(_INDEX)),
            proxies=tuple(name for name in names if environ.get(name)),
        )

    def arguments(self) -> list[str]:
        """For `docker build`. Proxies are build arguments that docker leaves out of an image's history; what may hold a password is a secret."""
        found = [] if self.network is None else ["--network", self.network]
        for name in self.proxies:
            found += ["--build-arg", name]
        if self.ca is not None:
            found += ["--secret", f"id=ca,src={self.ca}"]
        if self.index:
            found += ["--secret", f"id=pip_index_url,env={_INDEX}"]
        return found
