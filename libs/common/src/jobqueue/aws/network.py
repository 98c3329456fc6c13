"""Certificate authorities and proxies, found as botocore finds them, without it: libcurl's own look at the environment is off.

The wheel's built-in path of the authorities does not exist on Debian, and libcurl knows no upper-case HTTP_PROXY.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from jobqueue.settings import SettingError


def authorities(environ: Mapping[str, str], profile_bundle: str | None = None) -> str:
    """The file of certificate authorities: AWS_CA_BUNDLE, the profile's `ca_bundle`, REQUESTS_CA_BUNDLE, certifi's, botocore's.

    Raises:
        SettingError: the file that was named does not exist.
    """
    named = (
        ("AWS_CA_BUNDLE", environ.get("AWS_CA_BUNDLE")),
        ("the profile's ca_bundle", profile_bundle),
        ("REQUESTS_CA_BUNDLE", environ.get("REQUESTS_CA_BUNDLE")),
    )
    for source, path in named:
        if path:
            if not Path(path).exists():
                raise SettingError(f"{source} names {path}, which does not exist")
            return path
    for package in ("certifi", "botocore"):
        spec = find_spec(package)
        bundle = spec and spec.origin and Path(spec.origin).with_name("cacert.pem")
        if bundle and bundle.exists():
            return str(bundle)
    raise SettingError("no certificate authorities found: set AWS_CA_BUNDLE to a file of them")


def proxy(url: str) -> str:
    """The proxy that the environment names for an endpoint; empty where there is none, or NO_PROXY names the endpoint."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""
    from urllib.request import getproxies, proxy_bypass  # late: few have a proxy

    parts = urlsplit(url)
    if proxy_bypass(parts.netloc):
        return ""
    found = getproxies()
    address = found.get(parts.scheme) or found.get("all") or ""
    return address if not address or "://" in address else f"http://{address}"
