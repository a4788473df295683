"""Who is calling, behind which proxies, and in which subnet."""

from ipaddress import ip_address

import pytest

from shared.runtime.errors import SettingsError
from shared.web.callers import caller, networks, subnet

OURS = networks("10.0.0.0/8, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.5", None, "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.2.2.2", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.2.2", "198.51.100.1"),
        ("10.0.0.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("10.0.0.1", "198.51.100.1:5555", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:5555", "2001:db8::1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "'; DROP", "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_nearest_hop_that_is_not_ours(peer: str, forwarded: str | None, found: str) -> None:
    """Hops are believed from the right, as far as our own proxies wrote them."""
    assert caller(peer, forwarded, OURS) == ip_address(found)


@pytest.mark.parametrize("peer", [None, "", "unix:"])
def test_no_peer_is_no_address(peer: str | None) -> None:
    """A peer without an address is nobody, and shares one limit with its like."""
    assert caller(peer, "198.51.100.1", OURS) is None
    assert subnet(None) == "unknown"


def test_subnets() -> None:
    """Neighbours share a subnet: /24, and /48 for IPv6."""
    assert subnet(ip_address("203.0.113.77")) == "203.0.113.0/24"
    assert subnet(ip_address("2001:db8:1:2::9")) == "2001:db8:1::/48"


def test_a_wrong_network_is_named() -> None:
    """Every wrong part of TRUSTED_PROXIES is named at start, in one go."""
    assert networks("") == ()
    with pytest.raises(SettingsError) as wrong:
        networks("10.0.0.0/8, ten, 1.2.3.4/99")
    assert len(wrong.value.problems) == 2
    assert "'ten'" in wrong.value.problems[0]
