"""Labels of the images, by the OCI image specification; asks git, changes nothing.

https://github.com/opencontainers/image-spec/blob/main/annotations.md
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

UNKNOWN = "unknown"
_SCP = re.compile(r"^(?:[^@/]+@)?([^:/]+):(?!//)(.+)$")


@dataclass(frozen=True)
class Source:
    """`revision`: the commit, with `-modified` where files differ from it. `address`: where the sources are, for a browser."""

    revision: str
    address: str

    @classmethod
    def read(cls, repository: Path) -> Source:
        """Read from git; both are "unknown" outside a checkout, and the address where there is no remote `origin`."""
        revision = _git(repository, "rev-parse", "HEAD")
        if revision and _git(repository, "status", "--porcelain"):
            revision += "-modified"
        origin = _git(repository, "config", "--get", "remote.origin.url")
        return cls(revision or UNKNOWN, web_address(origin) if origin else UNKNOWN)


def web_address(remote: str) -> str:
    """`git@host:owner/name.git` and its like as `https://host/owner/name`; credentials are left out. A folder is "unknown": it is of this machine."""
    scp = _SCP.match(remote)
    if scp and "://" not in remote:
        host, path = scp[1], scp[2]
    else:
        parts = urlsplit(remote)
        host, path = parts.hostname or "", parts.path
        if parts.scheme in ("http", "https") and parts.port:
            host += f":{parts.port}"
    if not host:
        return UNKNOWN
    return f"https://{host}/{path.strip('/').removesuffix('.git')}"


def label_arguments(title: str, version: str, source: Source) -> list[str]:
    """The build arguments that both Dockerfiles turn into labels."""
    values = {"TITLE": title, "VERSION": version, "REVISION": source.revision, "SOURCE": source.address}
    return [part for name, value in values.items() for part in ("--build-arg", f"{name}={value}")]


def _git(repository: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
