"""Who is calling: the address behind our own proxies, and the subnet that limits are counted by."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from shared.runtime.errors import SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_PREFIX = {4: 24, 6: 48}  # a household or a mobile mast, not one phone
UNKNOWN = "unknown"


def networks(text: str) -> tuple[Network, ...]:
    """TRUSTED_PROXIES as networks. Raises SettingsError naming what is none."""
    found: list[Network] = []
    wrong: list[str] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            found.append(ip_network(part, strict=False))
        except ValueError:
            wrong.append(f"TRUSTED_PROXIES: '{part}' is no network: write it like 10.0.0.0/8")
    if wrong:
        raise SettingsError(wrong)
    return tuple(found)


def caller(peer: str | None, forwarded: str | None, trusted: Sequence[Network]) -> Address | None:
    """The peer; or, when the peer is one of our proxies, the nearest hop that is none.

    Only what a trusted hop wrote is believed, so what a stranger puts at the left of X-Forwarded-For counts for nothing.
    """
    nearest = _address(peer or "")
    for hop in reversed((forwarded or "").split(",")):
        if nearest is None or not any(nearest in network for network in trusted):
            break
        further = _address(hop)
        if further is None:
            break
        nearest = further
    return nearest


def subnet(address: Address | None) -> str:
    """The /24 or /48 that an address is in."""
    if address is None:
        return UNKNOWN
    return str(ip_network((address, _PREFIX[address.version]), strict=False))


def _address(text: str) -> Address | None:
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
