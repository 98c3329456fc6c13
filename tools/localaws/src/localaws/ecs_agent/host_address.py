"""Address by which containers reach this machine, found with two short docker commands.

Containers say `host.docker.internal` everywhere (on a native engine through `extra_hosts: host.docker.internal:host-gateway`). What it leads to
differs: with Docker Desktop and other engines in a virtual machine to this machine's loopback, with a native engine to the gateway of Docker's bridge
network. So an endpoint listens there and nowhere else: no other machine can reach it.
https://docs.docker.com/desktop/features/networking/ and https://docs.docker.com/reference/cli/docker/container/run/#add-host
"""

from __future__ import annotations

import ipaddress
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.server_thread import LOOPBACK

if TYPE_CHECKING:
    from localaws.docker import Docker

HOST_NAME = "host.docker.internal"
_DESKTOP = "Docker Desktop"
_BRIDGE = "bridge"
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class HostAddress:
    """`listen`: the address to listen at. `name`: the host name that clients use."""

    listen: str
    name: str


LOCAL = HostAddress(LOOPBACK, LOOPBACK)
"""For tasks that are processes of this machine."""


def find_host_address(docker: Docker) -> HostAddress:
    """Ask the engine, and check whether the gateway's address is one of this machine.

    Raises:
        NoDocker: there is no engine.
        DockerFailed: it has no network named `bridge`.
    """
    if _DESKTOP in docker.run("info", "--format", "{{.OperatingSystem}}", timeout=ANSWER_SECONDS):
        return HostAddress(LOOPBACK, HOST_NAME)
    said = docker.run("network", "inspect", _BRIDGE, "--format", "{{json .IPAM.Config}}", timeout=ANSWER_SECONDS)
    gateway = read_gateway(said)
    # An engine in a virtual machine has its bridge there; it leads to our loopback.
    return HostAddress(gateway if gateway is not None and _is_ours(gateway) else LOOPBACK, HOST_NAME)


def read_gateway(said: str) -> str | None:
    """The bridge's IPv4 gateway from `docker network inspect`. Where none is given, it is the network's first address, Docker's default."""
    for subnet in json.loads(said) or []:
        network = ipaddress.ip_network(subnet["Subnet"], strict=False)
        if network.version == 4:
            return str(subnet.get("Gateway") or network[1])
    return None


def _is_ours(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
