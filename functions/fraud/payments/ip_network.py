"""IP addresses cut to their network, so that none is stored whole (GDPR Art. 5(1)(c))."""

import re
from socket import AF_INET6, inet_ntop, inet_pton

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"((?:{_OCTET}\.){{3}}){_OCTET}"
"""What an IPv4 address is, and in its group what is kept of it; for Python's `re` and RE2."""

_IPV4 = re.compile(IPV4)
_IPV6_PREFIX, _IPV6_REST = 6, bytes(10)
_IPV4_WITHIN = (
    (bytes(10) + b"\xff\xff", 12),
    (b"\x20\x02", 2),
    (b"\x00\x64\xff\x9b" + bytes(8), 12),
)
"""How IPv6 addresses begin that hold an IPv4 address, and where: IPv4-mapped (RFC 4291, 2.5.5.2), 6to4 (RFC 3056, whose
/48 would keep that address whole), and NAT64's well-known prefix (RFC 6052, whose /48 is one for everybody)."""


def ip_network(address: str) -> str | None:
    """Return the /24 (IPv4) or /48 (IPv6) network of an address, or None where it is no address.

    An IPv4 address within an IPv6 address is one all the same.
    """
    match = _IPV4.fullmatch(address)
    return f"{match[1]}0/24" if match else _ipv6_network(address)


def _ipv6_network(address: str) -> str | None:
    try:
        # not the ipaddress module: its objects take 20 times as long, in the stream's hottest loop
        octets = inet_pton(AF_INET6, address)
    except (OSError, ValueError):
        return None
    for beginning, place in _IPV4_WITHIN:
        if octets.startswith(beginning):
            return "{}.{}.{}.0/24".format(*octets[place : place + 3])
    return f"{inet_ntop(AF_INET6, octets[:_IPV6_PREFIX] + _IPV6_REST)}/48"
