"""Proxies that the environment puts between this process and its collector. Read in the export thread, when an exporter is made.

A proxy cannot reach an address of this machine: what is sent to a collector on loopback goes there directly, and the log says so once. A
collector elsewhere is reached as the environment says; where that fails, the log line names address and proxy.
"""

from __future__ import annotations

import logging
import os
from ipaddress import ip_address
from urllib.parse import urlsplit

_logger = logging.getLogger("jobqueue.telemetry")
_logged: set[str] = set()


def proxy_for(endpoint: str) -> str:
    """The proxy that the environment names for this address, without its credentials; empty where there is none."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return ""
    from requests.utils import get_environ_proxies, select_proxy  # late: the exporters have loaded it

    address = endpoint if "://" in endpoint else f"http://{endpoint}"
    proxy = select_proxy(address, get_environ_proxies(address))
    if not proxy:
        return ""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def goes_around(endpoint: str, proxy: str) -> bool:
    """Whether the proxy is not to be asked, because the address is this machine's. Logs it, once an address."""
    if not proxy or not _on_this_machine(endpoint):
        return False
    address = shown(endpoint)
    if address not in _logged:
        _logged.add(address)
        _logger.warning(
            "telemetry goes to the collector at %s directly, not by way of the proxy %s of the environment, which cannot reach this machine."
            " Add the address to NO_PROXY.",
            address,
            proxy,
        )
    return True


def shown(endpoint: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme else host


def _on_this_machine(endpoint: str) -> bool:
    host = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
