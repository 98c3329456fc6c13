"""The gateway of Docker's bridge network, at which containers reach this machine."""

from __future__ import annotations

import pytest

from localaws.ecs_agent.host_address import read_gateway


@pytest.mark.parametrize(
    ("said", "gateway"),
    [
        ('[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.9"}]', "172.17.0.9"),
        ('[{"Subnet":"172.17.0.0/16"}]', "172.17.0.1"),
        ('[{"Subnet":"fd00::/64","Gateway":"fd00::1"},{"Subnet":"10.1.0.0/24"}]', "10.1.0.1"),
        ("null", None),
    ],
)
def test_the_gateway_is_the_one_that_is_written_or_the_first_address(said: str, gateway: str | None) -> None:
    assert read_gateway(said) == gateway
