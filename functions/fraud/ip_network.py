"""IP addresses cut to their network, so that none is stored whole (GDPR Art. 5(1)(c))."""

import re
from ipaddress import AddressValueError, IPv6Address, IPv6Network

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"((?:{_OCTET}\.){{3}}){_OCTET}")


def ip_network(address: str) -> str | None:
    """Return the /24 (IPv4) or /48 (IPv6) network of an address, or None where it is no address."""
    match = _IPV4.fullmatch(address)
    return f"{match[1]}0/24" if match else _ipv6_network(address)


def _ipv6_network(address: str) -> str | None:
    try:
        whole = IPv6Address(address)
    except AddressValueError:
        return None
    return str(IPv6Network((int(whole) >> 80 << 80, 48)))
